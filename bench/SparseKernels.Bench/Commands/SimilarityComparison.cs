using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Reporting;
using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Training.Checkpoints;

namespace SparseKernels.Bench.Commands;

/// <summary>
/// Compares the filters of a network's convolutions, all but the first, by each search at the same weights: one period's work in one round.
/// Nothing is pruned.
/// </summary>
internal sealed class SimilarityComparison(RunSettings settings, WeightsFile weights)
{
    /// <summary>Those that a run begins and ends with, and one between.</summary>
    private static readonly float[] s_thresholds = [0.99f, 0.95f, 0.9f];

    private const double Work = 0.05;

    /// <summary>Runs the comparison.</summary>
    /// <param name="output">Where the table goes.</param>
    /// <exception cref="InvalidDataException">The weights have no second convolution.</exception>
    public void Run(TextWriter output)
    {
        var unit = Register();
        output.WriteLine(MachineName.Describe());
        output.WriteLine(FormattableString.Invariant(
            $"{unit.Layers.Count} convolutions of {unit.Layers.Sum(layer => (long)layer.Shape.WeightLength)} weights, {unit.Report.Sparsity:P1} of them zero; {settings.Threads} thread{(settings.Threads == 1 ? "" : "s")}; work: comparisons, a signature counted as one, over those of all pairs"));
        output.WriteLine();
        output.WriteLine($"{"|cos| over",-10} {"search",-22} {"filters",9} {"of all",7} {"work",8} {"ms",9}");
        foreach (var threshold in s_thresholds)
        {
            var all = 0;
            foreach (var (name, rule) in Searches(threshold))
            {
                var results = unit.Layers.Select(layer => layer.FindSimilar(rule)).ToArray();
                var time = new InterleavedTimer(TimeProvider.System).Measure(
                    [() => { foreach (var layer in unit.Layers) _ = layer.FindSimilar(rule); }], settings.Budget, () => { });
                var found = results.Sum(result => result.RunsFound);
                if (rule.Search == SimilaritySearch.Channels && rule.Share == 1) all = found;
                output.WriteLine(FormattableString.Invariant(
                    $"{threshold,-10} {name,-22} {found,9} {(all == 0 ? 1 : (double)found / all),7:F3} {(double)results.Sum(result => result.PairsCompared) / results.Sum(result => result.PairsPossible),8:P2} {time.Milliseconds(0),9:F2}"));
                output.Flush();
            }
        }
    }

    private static IEnumerable<(string Name, SimilarityRule Rule)> Searches(float threshold)
    {
        var rule = new SimilarityRule { Threshold = threshold, Work = Work };
        yield return ("all pairs", rule);
        yield return ("sample of channels", rule with { Share = Math.Sqrt(Work) });
        yield return ("signatures", rule with { Search = SimilaritySearch.Signatures });
    }

    private PruningUnit Register()
    {
        var unit = new PruningUnit(new OneShotMagnitude(0, 0), settings.Threads);
        foreach (var tensor in weights.Tensors.Where(tensor => tensor.Shape.Length == 4).Skip(1))
        {
            var layer = unit.Register(tensor.Name, tensor.Shape, tensor.Values);
            for (var i = 0; i < tensor.Values.Length; i++)
            {
                if (tensor.Values[i] == 0) layer.Prune(i);
            }
        }

        return unit.Layers.Count > 0 ? unit : throw new InvalidDataException("the weights have no convolution but the first.");
    }
}
