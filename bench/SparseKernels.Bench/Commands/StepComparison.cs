using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Peer;
using SparseKernels.Bench.Reporting;
using SparseKernels.Isa;

namespace SparseKernels.Bench.Commands;

/// <summary>Times whole training steps: forward, loss, backward and update.</summary>
internal sealed class StepComparison(StepSettings settings)
{
    private readonly RunSettings _run = settings.Run;

    /// <summary>Ours, once for each schedule, against the same model in TorchSharp.</summary>
    /// <param name="output">Where the table goes.</param>
    /// <exception cref="InvalidDataException">The first steps differ, or a file of images is damaged.</exception>
    public void Run(TextWriter output)
    {
        var obstacle = TorchLibrary.TryLoad(_run.Isa, _run.Threads);
        ComparisonHead.Write(output, _run.Isa, obstacle);
        output.WriteLine(
            $"training step (forward, loss, backward, SGD update), N = {_run.Batch}, {_run.Threads} thread{(_run.Threads == 1 ? "" : "s")}, fp32; {settings.Describe()}; medians of interleaved rounds");
        output.WriteLine($"predictions: {Calibration.Current.Source}");
        output.WriteLine();
        var table = new RatioTable(output);
        var choices = new StringWriter();
        table.WriteHeader();
        foreach (var model in settings.Models) Measure(model, obstacle is null, table, choices);
        table.WriteSummary();
        NetworkTargets.WriteSteps(table.Rows, settings.Masked is not null, output);
        output.Write(choices);
        if (_run.Json is not null) RatioJson.Write(_run.Json, table.Rows);
    }

    private void Measure(string model, bool hasPeer, RatioTable table, TextWriter choices)
    {
        using var networks = new ComparedNetworks(
            model, (_run.Batch, _run.Threads), settings.Schedules, settings.Masked, (settings.DataFolder, settings.WarmUpSteps), hasPeer,
            settings.Layout, settings.Size);
        networks.Check();
        var (before, after) = networks.WarmUp(settings.WarmUpSteps);
        foreach (var ours in networks.Ours)
        {
            foreach (var layer in ours.Network.Plans) layer.Plan.ResetTotals();
        }

        var actions = networks.Ours.Select(networks.Stepper).ToList();
        if (hasPeer) actions.Add(networks.Stepper(null));
        var peak = new PeakMeter(_run.Isa, _run.Threads);
        var rounds = new InterleavedTimer(TimeProvider.System).Measure(actions, _run.Budget, peak.Measure);
        choices.WriteLine();
        choices.WriteLine(
            $"{settings.NameOf(model)}: {networks.Source}{(settings.WarmUpSteps > 0 ? $", loss {before:F3} to {after:F3} in the steps before" : "")}");
        for (var i = 0; i < networks.Ours.Count; i++)
        {
            var (ours, ms) = (networks.Ours[i], rounds.Milliseconds(i));
            var effective = 2e-6 * ours.MultiplyAddsPerStep / ms;
            table.Add(new RatioRow(
                settings.NameOf(model), settings.NameOf("step", settings.Schedules[i]), _run.Batch, _run.Threads, InstructionSet.NameOf(_run.Isa),
                ms, hasPeer ? rounds.Milliseconds(actions.Count - 1) : null, hasPeer ? rounds.Ratio(actions.Count - 1, i) : null, effective, peak.Gflops, effective / peak.Gflops));
            choices.WriteLine($"{settings.Schedules[i]}: tensors {ours.Network.Layout}, changed {ours.Network.LayoutChanges} times");
            NetworkChoices.Write(settings.Schedules[i], ours.Network.Plans, choices);
        }
    }
}
