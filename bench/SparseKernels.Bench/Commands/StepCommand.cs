using System.CommandLine;
using SparseKernels.Training.Models;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios step</c> and <c>ratios scaling</c>: whole training steps.</summary>
internal static class StepCommand
{
    private const int DefaultBatch = 64;
    private static readonly TimeSpan s_defaultBudget = TimeSpan.FromSeconds(15);

    /// <summary>Makes <c>step</c>.</summary>
    public static Command Create(RunOptions run)
    {
        var models = ModelsOption();
        var command = new Command("step", "A whole training step of each model against the same model in TorchSharp.") { models };
        command.SetAction(result => new StepComparison(run.Read(result, DefaultBatch, s_defaultBudget)).AgainstTorch(ParseModels(result.GetValue(models)), result.InvocationConfiguration.Output));
        return command;
    }

    /// <summary>Makes <c>scaling</c>.</summary>
    public static Command CreateScaling(RunOptions run)
    {
        var models = ModelsOption();
        var command = new Command("scaling", "A training step of ours on several threads (two by default) against one.") { models };
        command.SetAction(result =>
        {
            var settings = run.Read(result, DefaultBatch, s_defaultBudget, defaultThreads: 2);
            if (settings.Threads < 2) throw new ArgumentException($"--threads: expected 2 or more to compare with one, got {settings.Threads}.");
            new StepComparison(settings).AgainstOneThread(ParseModels(result.GetValue(models)), result.InvocationConfiguration.Output);
        });
        return command;
    }

    internal static IReadOnlyList<string> ParseModels(string? names, string option = "--models")
    {
        if (names is null) return ModelCatalogue.Names;
        var wanted = names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var unknown = wanted.FirstOrDefault(name => !ModelCatalogue.Names.Contains(name));
        if (unknown is not null || wanted.Length == 0)
            throw new ArgumentException($"{option} {names}: unknown model '{unknown}'; known: {string.Join(", ", ModelCatalogue.Names)}.");
        return wanted;
    }

    private static Option<string?> ModelsOption() => new("--models") { Description = "Names of models (several apart by commas); all by default.", HelpName = "names" };
}
