using System.CommandLine;
using SparseKernels.Bench.Layers;
using SparseKernels.Bench.Scheduling;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios schedule</c>: what the scheduler chooses, against every candidate.</summary>
internal static class ScheduleCommand
{
    private const int PublishedLayers = 5;

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var layers = new Option<string?>("--layers") { Description = "A shapes file, or part of a layer's name (several apart by commas); the five of the published comparisons by default, all captured ones with --captured." };
        var passes = new Option<string?>("--passes") { Description = "Forward, BackwardData, BackwardWeights (several apart by commas); all by default." };
        var patterns = new Option<string?>("--patterns") { Description = "Only zeros whose name contains one of these texts (several apart by commas), as x50% or no zeros." };
        var captured = new Option<string?>("--captured")
        {
            Description = "Zeros that train --capture saw, instead of random ones, with dense weights and with 90 % of them masked: the folder.",
            HelpName = "folder",
        };
        var weights = new Option<WeightUse>("--weights")
        {
            Description = "Weights between calls: kept (inference), values (training under a mask), new (training); kept by default.",
            HelpName = "use",
            CustomParser = result =>
            {
                var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                var found = Array.Find(Enum.GetNames<WeightUse>(), name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
                if (found is null)
                    result.AddError(
                        $"--weights: expected one of {string.Join(", ", Enum.GetNames<WeightUse>()).ToLowerInvariant()}, got '{text}'.");
                return found is null ? default : Enum.Parse<WeightUse>(found);
            },
        };
        var command = new Command("schedule", "What the scheduler chooses against every candidate: regret, and speed over dense.") { layers, passes, patterns, captured, weights };
        command.SetAction(result =>
        {
            var settings = new ScheduleSettings(
                run.Read(result, defaultBatch: 16, TimeSpan.FromSeconds(1)), RatiosCommand.ParsePasses(result.GetValue(passes)), result.GetValue(patterns), result.GetValue(weights));
            var output = result.InvocationConfiguration.Output;
            if (result.GetValue(captured) is not { } folder)
            {
                new ScheduleComparison(settings).Run(
                    result.GetValue(layers) is { } choice ? LayerChoice.Find(choice) : [.. LayerChoice.Find(null).Take(PublishedLayers)],
                    output);
                return;
            }

            if (settings.Patterns is not null)
                throw new ArgumentException("--captured has zeros of its own; expected no --patterns with it.");
            new ScheduleComparison(settings).Run(CapturedLayer.ReadAll(folder, settings.Run.Batch, result.GetValue(layers)), output);
        });
        return command;
    }
}
