using System.CommandLine;
using SparseKernels.Bench.Learning;
using SparseKernels.Threading;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios recipe</c>: accuracy and time of a whole training run.</summary>
internal static class RecipeCommand
{
    private const int DefaultBatch = 64;

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var model = new Option<string>("--model") { Description = "vgg-small or resnet20.", HelpName = "name", DefaultValueFactory = _ => "vgg-small" };
        var folder = new Option<string?>("--data-dir") { Description = "The folder of CIFAR-10's binary files.", HelpName = "folder" };
        var epochs = new Option<int>("--epochs")
        {
            Description = "Epochs; 15 by default.",
            HelpName = "count",
            DefaultValueFactory = _ => 15,
            CustomParser = result => (int)RunOptions.Number(result, 1, 100_000, whole: true),
        };
        var prune = new Option<string?>("--prune") { Description = "Ours prunes meanwhile: gated, gradual, one-shot or rigl; the peer stays dense.", HelpName = "strategy" };
        var sparsity = new Option<double?>("--sparsity")
        {
            Description = "With --prune: the share of weights pruned at last; for gated, that at which it is over.",
            HelpName = "share",
            CustomParser = result => RunOptions.Number(result, 0, 0.999, whole: false),
        };
        var file = new Option<string?>("--prune-settings") { Description = "With --prune: a JSON file of further settings, as the train command takes it.", HelpName = "file" };
        var seed = new Option<int>("--seed")
        {
            Description = "With --prune: what start, batches and validation images derive from; 1 by default.",
            HelpName = "number",
            DefaultValueFactory = _ => 1,
            CustomParser = result => (int)RunOptions.Number(result, 0, int.MaxValue, whole: true),
        };
        var command = new Command(
            "recipe", "Trains a model on CIFAR-10 in ours and in TorchSharp with the same recipe (all processors by default).")
        {
            model, folder, epochs, prune, sparsity, file, seed,
        };
        command.SetAction(result =>
        {
            var settings = run.Read(result, DefaultBatch, TimeSpan.Zero, ComputeTopology.Default.Threads);
            var name = StepOptions.ParseModel(result.GetValue(model)!);
            if (result.GetValue(prune) is { } strategy)
            {
                var pruning = Settings(strategy, result.GetValue(sparsity), result.GetValue(file));
                var task = RecipeTask.Cifar(name, new CifarImages(result.GetValue(folder)));
                var recipe = new TrainingRecipe(Seed: (ulong)result.GetValue(seed));
                new PrunedRecipeComparison(settings, task, result.GetValue(epochs), recipe, pruning).Run(result.InvocationConfiguration.Output);
                return;
            }

            if (result.GetResult(sparsity) is not null || result.GetResult(file) is not null)
                throw new ArgumentException("--sparsity and --prune-settings need --prune.");
            new RecipeComparison(settings, name, result.GetValue(epochs)).Run(
                new CifarImages(result.GetValue(folder)), result.InvocationConfiguration.Output);
        });
        return command;
    }

    /// <summary>How ours prunes, as the options say.</summary>
    /// <exception cref="ArgumentException">The strategy is unknown, or a setting is out of its range.</exception>
    internal static PruningSettings Settings(string strategy, double? sparsity, string? file)
    {
        var settings = file is null ? new PruningSettings() : PruningSettingsJson.Read(File.ReadAllText(file));
        settings = settings with
        {
            Strategy = strategy switch
            {
                "gated" => PruningStrategyKind.Gated,
                "gradual" => PruningStrategyKind.Gradual,
                "one-shot" => PruningStrategyKind.OneShot,
                "rigl" => PruningStrategyKind.RigL,
                _ => throw new ArgumentException($"--prune: expected gated, gradual, one-shot or rigl, got '{strategy}'."),
            },
        };
        if (sparsity is { } share) settings = settings with { Sparsity = share, MaximumSparsity = share };
        _ = settings.ToOptions();
        return settings;
    }
}
