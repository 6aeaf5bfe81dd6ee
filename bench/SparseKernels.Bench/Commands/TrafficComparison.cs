using System.Diagnostics;
using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Reporting;
using SparseKernels.Isa;
using SparseKernels.Training.Networks;

namespace SparseKernels.Bench.Commands;

/// <summary>Counts what training steps of ours move, layer by layer, and times it.</summary>
internal sealed class TrafficComparison(StepSettings settings)
{
    private const int StepsToSettle = 2;

    /// <summary>Of the time of a measurement, for steps whose masks change.</summary>
    private const int PruningShare = 4;

    private readonly RunSettings _run = settings.Run;

    /// <summary>Each model under each schedule.</summary>
    /// <param name="output">Where the tables go.</param>
    /// <exception cref="ArgumentException">The images are too small for a model, or it has too few layers to mask some.</exception>
    /// <exception cref="IOException">The folder of images or a file in it is missing or unreadable.</exception>
    /// <exception cref="InvalidDataException">A file of images is damaged.</exception>
    public void Run(TextWriter output)
    {
        output.WriteLine(MachineName.Describe());
        output.WriteLine(
            $"training step of ours ({InstructionSet.NameOf(_run.Isa)}), N = {_run.Batch}, {_run.Threads} thread{(_run.Threads == 1 ? "" : "s")}, fp32; {settings.Describe()}; bytes by the sizes of what is swept over, means of steps");
        var rows = new List<TrafficRow>();
        foreach (var model in settings.Models)
            foreach (var schedule in settings.Schedules) rows.AddRange(Measure(model, schedule, output));
        if (_run.Json is not null) RatioJson.Write(_run.Json, rows);
    }

    private IReadOnlyList<TrafficRow> Measure(string model, KernelSchedule schedule, TextWriter output)
    {
        using var networks = new ComparedNetworks(
            model, (_run.Batch, _run.Threads), [schedule], settings.Masked, (settings.DataFolder, settings.WarmUpSteps), hasPeer: false,
            settings.Layout, settings.Size);
        var network = networks.Ours[0].Network;
        networks.WarmUp(settings.WarmUpSteps);
        var step = networks.Stepper(networks.Ours[0]);

        // Packed forms are taken as the steps before needed them.
        for (var i = 0; i < StepsToSettle; i++) step();
        var label = (settings.NameOf(model), schedule.ToString());
        var (rows, milliseconds) = Measure(network, step, label, _run.Budget);
        output.WriteLine();
        output.WriteLine($"{settings.NameOf(model)} {schedule}, {networks.Source}: tensors {network.Layout}, {milliseconds:F3} ms a step");
        TrafficTable.Write(rows, output);
        LayoutPredictions.Write(network, rows, output);
        if (settings.Masked is not null) TrafficTable.WritePruning(Measure(network, PrunesNothing(network, step), label, _run.Budget / PruningShare).Rows, output);
        output.Flush();
        return rows;
    }

    private (IReadOnlyList<TrafficRow> Rows, double Milliseconds) Measure(Network network, Action step, (string Model, string Schedule) label, TimeSpan budget)
    {
        step();
        network.ResetTimings();
        long steps = 0;
        var watch = Stopwatch.StartNew();
        do
        {
            step();
            steps++;
        }
        while (watch.Elapsed < budget);

        var milliseconds = watch.Elapsed.TotalMilliseconds / steps;
        return (TrafficRows.Of(network, label, _run.Threads, steps, milliseconds), milliseconds);
    }

    /// <summary>A step behind which every mask says that it has changed, as behind one that prunes, though no bit has.</summary>
    private static Action PrunesNothing(Network network, Action step) => () =>
    {
        step();
        foreach (var parameter in network.Parameters) parameter.Mask?.Touch();
    };
}
