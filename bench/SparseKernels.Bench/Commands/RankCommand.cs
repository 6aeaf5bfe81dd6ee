using System.CommandLine;
using SparseKernels.Bench.Ranks;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios rank</c>: one of the ranks that <c>ratios ranks --check</c> starts by a launcher.</summary>
internal static class RankCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var model = new Option<string>("--model") { Description = "The model.", HelpName = "name", DefaultValueFactory = _ => "vgg-small" };
        var zeros = new Option<double>("--zeros")
        {
            Description = "Share of its weights that is zero, 0 by default.",
            HelpName = "share",
            CustomParser = result => RunOptions.Number(result, 0, 0.999, whole: false),
        };
        var size = SizeOption();
        var command = new Command("rank", "One of the ranks of ratios ranks --check, which starts them.") { model, zeros, size };
        command.Hidden = true;
        command.SetAction(result =>
        {
            var settings = run.Read(result, defaultBatch: 16, TimeSpan.FromSeconds(5));
            RankProcess.Run(
                new RankTask(StepOptions.ParseModel(result.GetValue(model)!), result.GetValue(zeros), result.GetValue(size), settings.Batch, settings.Threads),
                settings.Budget, result.InvocationConfiguration.Output);
        });
        return command;
    }

    internal static Option<int?> SizeOption() => new("--size")
    {
        Description = "Height and width of an image; by default 224 for ResNets of ImageNet, 32 for the others.",
        HelpName = "pixels",
        CustomParser = result => (int)RunOptions.Number(result, 1, 4096, whole: true),
    };
}
