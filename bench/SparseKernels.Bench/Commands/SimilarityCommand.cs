using System.CommandLine;
using SparseKernels.Training.Checkpoints;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios similarity</c>: what each way to compare a trained network's filters finds, and what it costs.</summary>
internal static class SimilarityCommand
{
    private static readonly TimeSpan s_defaultBudget = TimeSpan.FromSeconds(1);

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var weights = new Option<string>("--weights") { Description = "A file of weights that train wrote, pruned or not.", HelpName = "file", Required = true };
        var command = new Command("similarity", "Filters of a network that are parallel to stronger ones: what all pairs, samples of channels and signatures find, and with how much work.") { weights };
        command.SetAction(result =>
        {
            var settings = run.Read(result, defaultBatch: 1, s_defaultBudget);
            if (settings.Json is not null) throw new ArgumentException("--json: this comparison has no rows for it; expected none.");
            new SimilarityComparison(settings, WeightsFile.Read(result.GetValue(weights)!)).Run(result.InvocationConfiguration.Output);
        });
        return command;
    }
}
