using System.CommandLine;
using System.Globalization;
using SparseKernels.Threading;
using SparseKernels.Training.Checkpoints;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios balance</c>: what the sparsity balancer gains and costs, from the same state.</summary>
internal static class BalanceCommand
{
    private const int DefaultBatch = 64;
    private static readonly TimeSpan s_defaultBudget = TimeSpan.FromSeconds(20);

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var weights = new Option<string>("--weights") { Description = "The file of weights to begin with, as train wrote it, pruned or not.", HelpName = "file", Required = true };
        var model = new Option<string>("--model") { Description = "Its model; vgg-small by default.", HelpName = "name", DefaultValueFactory = _ => "vgg-small" };
        var strengths = new Option<string>("--strengths") { Description = "Strengths to compare, the first with the others; 0,0.5,1 by default.", HelpName = "numbers", DefaultValueFactory = _ => "0,0.5,1" };
        var limit = Number("--limit", "The greatest factor; 2 by default.", 2, 1, 100);
        var sparsity = Number("--sparsity", "Share of weights pruned at the end; 0.95 by default.", 0.95, 0.01, 0.999);
        var periods = Count("--periods", "Periods of pruning; 1 by default.", 1);
        var steps = Count("--steps", "Training steps behind each; 40 by default.", 40);
        var folder = StepOptions.FolderOption();
        var command = new Command("balance", "Prunes a network to one sparsity with and without the balancer: imbalance, zeros in groups, and training steps in turns (all processors by default).")
        {
            weights, model, strengths, limit, sparsity, periods, steps, folder,
        };
        command.SetAction(result =>
        {
            var settings = run.Read(result, DefaultBatch, s_defaultBudget, ComputeTopology.Default.Threads);
            if (settings.Json is not null) throw new ArgumentException("--json: this comparison has no rows for it; expected none.");
            var balance = new BalanceSettings(
                ParseStrengths(result.GetValue(strengths)!), (float)result.GetValue(limit), result.GetValue(sparsity), result.GetValue(periods), result.GetValue(steps));
            new BalanceComparison(settings, StepOptions.ParseModel(result.GetValue(model)!), WeightsFile.Read(result.GetValue(weights)!), balance, result.GetValue(folder))
                .Run(result.InvocationConfiguration.Output);
        });
        return command;
    }

    /// <summary>Strengths as the option names them.</summary>
    /// <exception cref="ArgumentException">They are none, or fewer than two.</exception>
    internal static IReadOnlyList<float> ParseStrengths(string text)
    {
        var strengths = new List<float>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!float.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var strength) || !float.IsFinite(strength))
                throw new ArgumentException($"--strengths: expected numbers from 0 up such as 0,0.5,1, got '{part}'.");
            strengths.Add(strength);
        }

        return strengths.Count > 1 ? strengths : throw new ArgumentException($"--strengths: expected two numbers or more to compare, got '{text}'.");
    }

    private static Option<double> Number(string name, string description, double usual, double least, double most) => new(name)
    {
        Description = description,
        HelpName = "number",
        DefaultValueFactory = _ => usual,
        CustomParser = result => RunOptions.Number(result, least, most, whole: false),
    };

    private static Option<int> Count(string name, string description, int usual) => new(name)
    {
        Description = description,
        HelpName = "count",
        DefaultValueFactory = _ => usual,
        CustomParser = result => (int)RunOptions.Number(result, 1, 10_000, whole: true),
    };
}
