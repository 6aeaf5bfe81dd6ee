using System.CommandLine;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios step</c> and <c>ratios scaling</c>: whole training steps.</summary>
internal static class StepCommand
{
    private const int DefaultBatch = 64;
    private static readonly TimeSpan s_defaultBudget = TimeSpan.FromSeconds(15);

    /// <summary>Makes <c>step</c>.</summary>
    public static Command Create(RunOptions run)
    {
        var options = new StepOptions();
        var command = new Command("step", "A whole training step of each model against the same model in TorchSharp.");
        options.AddTo(command);
        command.SetAction(result => new StepComparison(options.Read(result, run.Read(result, DefaultBatch, s_defaultBudget))).Run(result.InvocationConfiguration.Output));
        return command;
    }

    /// <summary>Makes <c>scaling</c>.</summary>
    public static Command CreateScaling(RunOptions run)
    {
        var models = StepOptions.ModelsOption();
        var command = new Command("scaling", "A training step of ours on several threads (two by default) against one.") { models };
        command.SetAction(result =>
        {
            var settings = run.Read(result, DefaultBatch, s_defaultBudget, defaultThreads: 2);
            if (settings.Threads < 2)
                throw new ArgumentException($"--threads: expected 2 or more to compare with one, got {settings.Threads}.");
            new ScalingComparison(settings).Run(StepOptions.ParseModels(result.GetValue(models)), result.InvocationConfiguration.Output);
        });
        return command;
    }
}
