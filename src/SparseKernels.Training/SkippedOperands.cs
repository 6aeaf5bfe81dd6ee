using SparseKernels.Training.Layers;

namespace SparseKernels.Training;

/// <summary>How often the convolutions of a network skipped the zeros of one pair of operands in one pass, and what that took.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Pair">The pair; null for the dense kernels.</param>
/// <param name="Calls">Calls, each of one layer over one batch.</param>
/// <param name="Time">Their time.</param>
/// <param name="Saved">
/// How much longer the dense kernels were expected to take for them; negative where they would have been faster.
/// </param>
public sealed record SkippedOperands(ConvolutionPass Pass, OperandPair? Pair, long Calls, TimeSpan Time, TimeSpan Saved)
{
    /// <summary>The pair as <see cref="KernelSchedule.Parse"/> reads it: <c>dense</c>, <c>input-weight</c>.</summary>
    public string Name => (Pair is { } pair ? KernelSchedule.Forced(pair) : KernelSchedule.Dense).ToString();

    /// <summary>Adds up the calls of several plans since their totals were reset.</summary>
    /// <param name="plans">The plans.</param>
    /// <returns>What ran, pass by pass, the most frequent first.</returns>
    internal static IReadOnlyList<SkippedOperands> Of(IEnumerable<LayerPlan> plans)
    {
        var candidates =
            from layer in plans
            from pass in Enum.GetValues<ConvolutionPass>()
            from candidate in layer.Plan.Report(pass).Candidates
            where candidate.Calls > 0
            group candidate by (pass, candidate.Pair) into same
            select new SkippedOperands(
                same.Key.pass, same.Key.Pair, same.Sum(candidate => candidate.Calls),
                TimeSpan.FromTicks(same.Sum(candidate => candidate.Time.Ticks)), TimeSpan.FromTicks(same.Sum(candidate => candidate.Saved.Ticks)));
        return [.. candidates.OrderBy(total => total.Pass).ThenByDescending(total => total.Calls)];
    }

    /// <summary>Adds up totals of several spans of time.</summary>
    internal static IReadOnlyList<SkippedOperands> Sum(IEnumerable<SkippedOperands> totals)
    {
        var sums =
            from total in totals
            group total by (total.Pass, total.Pair) into same
            select new SkippedOperands(
                same.Key.Pass, same.Key.Pair, same.Sum(total => total.Calls),
                TimeSpan.FromTicks(same.Sum(total => total.Time.Ticks)), TimeSpan.FromTicks(same.Sum(total => total.Saved.Ticks)));
        return [.. sums.OrderBy(total => total.Pass).ThenByDescending(total => total.Calls)];
    }
}
