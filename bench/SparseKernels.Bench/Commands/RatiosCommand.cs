using System.CommandLine;
using SparseKernels.Bench.Layers;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios</c>: every layer of a shapes file and each pass, ours against libtorch, side by side in one process.</summary>
internal static class RatiosCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its subcommands.</param>
    public static Command Create(RunOptions run)
    {
        var layers = new Option<string?>("--layers") { Description = "A shapes file, or part of a layer's name (several apart by commas)." };
        var passes = new Option<string?>("--passes") { Description = "Forward, BackwardData, BackwardWeights (several apart by commas); all by default." };
        var blocked = new Option<bool>("--blocked") { Description = "Also time ours with blocked tensors in and out, without a peer." };
        var command = new Command("ratios", "Our convolutions against libtorch's, each layer and pass.") { layers, passes, blocked };
        run.AddTo(command);
        command.Subcommands.Add(SparseCommand.Create(run));
        command.Subcommands.Add(PlotCommand.Create());
        command.Subcommands.Add(TablesCommand.Create());
        command.Subcommands.Add(CountingCommand.Create(run));
        command.Subcommands.Add(PartitionCommand.Create(run));
        command.Subcommands.Add(RanksCommand.Create(run));
        command.Subcommands.Add(RankCommand.Create(run));
        command.Subcommands.Add(ScheduleCommand.Create(run));
        command.Subcommands.Add(ChoiceCommand.Create(run));
        command.Subcommands.Add(StepCommand.Create(run));
        command.Subcommands.Add(StepCommand.CreateScaling(run));
        command.Subcommands.Add(GradientsCommand.Create(run));
        command.Subcommands.Add(PrunedStepCommand.Create(run));
        command.Subcommands.Add(SimilarityCommand.Create(run));
        command.Subcommands.Add(BalanceCommand.Create(run));
        command.Subcommands.Add(PruningTableCommand.Create(run));
        command.Subcommands.Add(PredictCommand.Create(run));
        command.Subcommands.Add(TrafficCommand.Create(run));
        command.Subcommands.Add(TorchCommand.Create(run));
        command.Subcommands.Add(RecipeCommand.Create(run));
        command.Subcommands.Add(FineTuneCommand.Create(run));
        command.SetAction(result =>
        {
            var chosen = LayerChoice.Find(result.GetValue(layers));
            var comparison = new LayerComparison(run.Read(result, defaultBatch: 16, TimeSpan.FromSeconds(1)), ParsePasses(result.GetValue(passes)), result.GetValue(blocked));
            comparison.Run(chosen, result.InvocationConfiguration.Output);
        });
        return command;
    }

    internal static IReadOnlyList<ConvolutionPass> ParsePasses(string? names)
    {
        var all = Enum.GetValues<ConvolutionPass>();
        if (names is null) return all;
        var wanted = names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var unknown = wanted.FirstOrDefault(name => !all.Any(pass => Is(pass, name)));
        if (unknown is not null || wanted.Length == 0)
            throw new ArgumentException($"--passes {names}: unknown pass '{unknown}'; known: {string.Join(", ", all)}.");
        return [.. all.Where(pass => wanted.Any(name => Is(pass, name)))];
    }

    private static bool Is(ConvolutionPass pass, string name) => pass.ToString().Equals(name, StringComparison.OrdinalIgnoreCase);
}
