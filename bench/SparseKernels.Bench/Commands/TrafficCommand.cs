using System.CommandLine;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios traffic</c>: bytes that each layer of a training step reads and writes.</summary>
internal static class TrafficCommand
{
    private const int DefaultBatch = 64;
    private static readonly TimeSpan s_defaultBudget = TimeSpan.FromSeconds(5);

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var options = new StepOptions();
        var command = new Command("traffic", "Bytes that each layer and pass of a training step of ours reads and writes, and how fast.");
        options.AddTo(command);
        command.SetAction(result => new TrafficComparison(options.Read(result, run.Read(result, DefaultBatch, s_defaultBudget))).Run(
            result.InvocationConfiguration.Output));
        return command;
    }
}
