using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Sparsity;

namespace SparseKernels.Bench.Reporting;

/// <summary>Sums results up by cell and density, beside the targets.</summary>
internal sealed class SparseSummary(IReadOnlyList<SparseResult> results, SparseTargets targets)
{
    /// <summary>What a cell without zeros should reach of the dense kernels' speed.</summary>
    private const double LeastOfDense = 0.75;

    /// <summary>What 1×1 layers should reach of the 3×3 layers' figures.</summary>
    private const double LeastOfLargeFilters = 0.8;

    /// <summary>Writes the table.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine("effective GFLOP/s over the FMA peak, geometric means; a gain is over the better of the two operands alone; 'no zeros' is over our dense kernels");
        output.WriteLine($"{"pass",-15} {"cell",-12} {"fine",5} {"coarse",6} {"3x3",8} {"target",8} {"of it",6} {"1x1",8} {"of 3x3",7} {"(0.8)",5} {"gain",6} {"target",7}");
        foreach (var group in results.GroupBy(result => result.Case)) WriteCase(group.Key, [.. group], output);
    }

    /// <summary>
    /// Writes geometric means of the speed-ups of each pass and cell over all layers: where each layer has densities of its own.
    /// </summary>
    public static void WriteMeans(IReadOnlyList<SparseResult> results, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine("geometric means over all layers; work left: the layers' mean");
        output.WriteLine($"{"pass",-15} {"cell",-12} {"x dense",8} {"x peer",8} {"left",6}");
        foreach (var group in results.GroupBy(result => result.Case))
        {
            var ratios = group.Where(result => result.Row.Ratio.HasValue);
            output.WriteLine(
                $"{group.Key.Cell.Pass,-15} {group.Key.Cell.Name,-12} {Times(Mean(group, result => result.DenseSpeedUp), 8)} " +
                $"{Times(Mean(ratios, result => result.Row.Ratio!.Value), 8)} {group.Average(result => result.WorkLeft),6:0.0%}");
        }
    }

    private void WriteCase(SparseCase key, SparseResult[] members, TextWriter output)
    {
        var noZeros = key is { FineDensity: 1, CoarseDensity: 1 };
        double Figure(SparseResult result) => noZeros ? result.DenseSpeedUp : result.Row.MultipleOfPeak;
        var large = Mean(members.Where(result => IsFilter(result, 3)), Figure);
        var small = Mean(members.Where(result => IsFilter(result, 1)), Figure);
        var target = targets.For(key, members[0].Row.Isa);
        var asked = noZeros ? LeastOfDense : target is { IsGain: false } ? target.Value : (double?)null;
        var gain = key.FineDensity < 1 && key.CoarseDensity < 1 ? Gain(key, members) : null;
        output.WriteLine(
            $"{key.Cell.Pass,-15} {key.Cell.Name,-12} {key.FineDensity,5:0.###} {key.CoarseDensity,6:0.###} {Times(large, 8)} {Times(asked, 8)} {Verdict(large, asked),6} " +
            $"{Times(small, 8)} {Times(small / large, 7)} {Verdict(small / large, noZeros ? null : LeastOfLargeFilters),5} {Times(gain, 6)} {Times(target is { IsGain: true } ? target.Value : null, 7)}" +
            (noZeros ? "  no zeros" : "") + (members.Any(result => result.WhyDense is not null) ? "  dense" : ""));
    }

    /// <summary>
    /// Speed-up over the faster of the two cases with one operand's zeros, over the 3×3 layers (all, where there are none) that have all
    /// three.
    /// </summary>
    private double? Gain(SparseCase key, SparseResult[] members)
    {
        var chosen = members.Any(member => IsFilter(member, 3)) ? members.Where(member => IsFilter(member, 3)) : members;
        var gains = new List<double>();
        foreach (var member in chosen)
        {
            var alone = SparseCases.WithEachAlone(key)[1..].Select(one => results.FirstOrDefault(other => other.Case == one && other.Row.Layer == member.Row.Layer)).ToArray();
            if (alone.All(other => other is not null)) gains.Add(alone.Min(other => other!.Row.OursMs) / member.Row.OursMs);
        }

        return gains.Count == 0 ? null : Statistics.GeometricMean(gains);
    }

    private static bool IsFilter(SparseResult result, int size) => result.Shape.R == size && result.Shape.S == size;

    private static double? Mean(IEnumerable<SparseResult> members, Func<SparseResult, double> figure)
    {
        var figures = members.Select(figure).ToArray();
        return figures.Length == 0 ? null : Statistics.GeometricMean(figures);
    }

    private static string Times(double? value, int width) => (value is { } number ? $"{number:F2}x" : "-").PadLeft(width);

    private static string Verdict(double? reached, double? asked) =>
        reached is null || asked is null ? "-" : reached >= asked ? "yes" : "no";
}
