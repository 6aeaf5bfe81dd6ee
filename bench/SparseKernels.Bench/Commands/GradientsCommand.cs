using System.CommandLine;
using SparseKernels.Training.Models;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios gradients</c>: how right logits and gradients are.</summary>
internal static class GradientsCommand
{
    /// <summary>Images that leave the last blocks of torchvision's models something to normalise over, where they are of 64 pixels.</summary>
    private const int DefaultBatch = 4;

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var models = new Option<string?>("--models") { Description = "Names of models (several apart by commas); all by default.", HelpName = "names" };
        var size = new Option<int?>("--size")
        {
            Description = "Height and width of an image; by default 32, and 28 for lenet.",
            HelpName = "pixels",
            CustomParser = result => (int)RunOptions.Number(result, 1, 4096, whole: true),
        };
        var command = new Command("gradients", "Logits and gradients of ours and of TorchSharp's by their distances from double precision.") { models, size };
        command.SetAction(result =>
        {
            var settings = run.Read(result, DefaultBatch, TimeSpan.Zero);
            if (settings.Json is not null) throw new ArgumentException("--json: this comparison has no rows for it; expected none.");
            var names = result.GetValue(models) is { } given ? StepOptions.ParseModels(given) : ModelCatalogue.Names;
            new GradientsComparison(settings, result.GetValue(size)).Run(names, result.InvocationConfiguration.Output);
        });
        return command;
    }
}
