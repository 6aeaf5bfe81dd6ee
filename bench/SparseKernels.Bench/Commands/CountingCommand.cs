using System.CommandLine;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios counting</c>: what counting activations costs the layer that writes them.</summary>
internal static class CountingCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var command = new Command("counting", "Layers with and without their output's non-zeros written in the same sweep.");
        command.SetAction(result =>
        {
            var settings = run.Read(result, defaultBatch: 16, TimeSpan.FromSeconds(1));
            if (settings.Json is not null) throw new ArgumentException("--json: this comparison has no rows for it; expected none.");
            new CountingComparison(settings).Run(result.InvocationConfiguration.Output);
        });
        return command;
    }
}
