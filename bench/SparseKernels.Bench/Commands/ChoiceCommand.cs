using System.CommandLine;
using SparseKernels.Bench.Layers;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Reporting;
using SparseKernels.Bench.Scheduling;
using SparseKernels.Isa;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios choice</c>: what choosing costs a call.</summary>
internal static class ChoiceCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var layers = new Option<string?>("--layers") { Description = "A shapes file, or part of a layer's name (several apart by commas); all by default." };
        var passes = new Option<string?>("--passes") { Description = "Forward, BackwardData, BackwardWeights (several apart by commas); all by default." };
        var command = new Command("choice", "What it costs each layer and pass to choose its kernels: microseconds and bytes.") { layers, passes };
        command.SetAction(result => Run(
            LayerChoice.Find(result.GetValue(layers)), RatiosCommand.ParsePasses(result.GetValue(passes)),
            run.Read(result, defaultBatch: 16, TimeSpan.Zero), result.InvocationConfiguration.Output));
        return command;
    }

    private static void Run(
        IReadOnlyList<BenchLayer> layers, IReadOnlyList<ConvolutionPass> passes, RunSettings settings, TextWriter output)
    {
        output.WriteLine(MachineName.Describe());
        output.WriteLine($"N = {settings.Batch}, work for {settings.Threads} thread{(settings.Threads == 1 ? "" : "s")}, {InstructionSet.NameOf(settings.Isa)}; half of every operand zero, masks of dx and dw; blocked tensors; medians");
        output.WriteLine();
        var table = new ChoiceTable(output);
        table.WriteHeader();
        foreach (var layer in layers)
        {
            var data = new ConvolutionData(layer.Shape.WithBatch(settings.Batch));
            foreach (var pass in passes)
            {
                using var trial = new ChoiceTrial(data, pass, settings.Convolution);
                table.Add(trial.Measure(layer.Name));
            }
        }

        table.WriteSummary();
        if (settings.Json is not null) RatioJson.Write(settings.Json, table.Rows);
    }
}
