using System.CommandLine;
using SparseKernels.Bench.Learning;

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
        var command = new Command("recipe", "Trains a model on CIFAR-10 in ours and in TorchSharp with the same recipe (all processors by default).") { model, folder, epochs };
        command.SetAction(result =>
        {
            var settings = run.Read(result, DefaultBatch, TimeSpan.Zero, ComputeTopology.Default.Threads);
            var names = StepOptions.ParseModels(result.GetValue(model), "--model");
            var name = names.Count == 1 ? names[0] : throw new ArgumentException($"--model: expected one model, got {names.Count}.");
            new RecipeComparison(settings, name, result.GetValue(epochs)).Run(new CifarImages(result.GetValue(folder)), result.InvocationConfiguration.Output);
        });
        return command;
    }
}
