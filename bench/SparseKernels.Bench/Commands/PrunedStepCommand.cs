using System.CommandLine;
using SparseKernels.Training.Checkpoints;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios pruned</c>: a training step of a network that a run has pruned against one at its start.</summary>
internal static class PrunedStepCommand
{
    private const int DefaultBatch = 64;
    private static readonly TimeSpan s_defaultBudget = TimeSpan.FromSeconds(20);

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var weights = new Option<string>("--weights") { Description = "The file of weights that train wrote, masks included.", HelpName = "file", Required = true };
        var model = new Option<string>("--model") { Description = "Its model; vgg-small by default.", HelpName = "name", DefaultValueFactory = _ => "vgg-small" };
        var folder = StepOptions.FolderOption();
        var command = new Command("pruned", "A training step of a network that a run has pruned, against one of the same network at the run's start and the peer's.") { weights, model, folder };
        command.SetAction(result =>
        {
            var name = StepOptions.ParseModel(result.GetValue(model)!);
            var file = WeightsFile.Read(result.GetValue(weights)!);
            new PrunedStepComparison(run.Read(result, DefaultBatch, s_defaultBudget), name, file, result.GetValue(folder)).Run(
                result.InvocationConfiguration.Output);
        });
        return command;
    }
}
