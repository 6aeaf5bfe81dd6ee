using System.Globalization;
using SparseKernels.Schemas;

namespace SparseKernels.Training.Pruning;

/// <summary>
/// One number of <see cref="PruningSettings"/>: what it is called in JSON and on a command line, what it means and its range.
/// </summary>
/// <param name="Key">The key: <c>fine-step</c>.</param>
/// <param name="Meaning">What it is, for a command's help.</param>
/// <param name="Value">The number; null where the default depends on the run.</param>
/// <param name="Least">The least it may be.</param>
/// <param name="Most">The most it may be.</param>
/// <param name="Open">Whether these two themselves are out of range.</param>
/// <param name="IsWhole">Whether it is a whole number.</param>
internal sealed record PruningRule(
    string Key, string Meaning, Func<PruningSettings, double?> Value, double Least, double Most, RangeEnds Open = RangeEnds.None, bool IsWhole = false)
{
    private const double Any = float.MaxValue;
    private const double Count = int.MaxValue;

    /// <summary>All rules that are numbers.</summary>
    public static IReadOnlyList<PruningRule> All { get; } =
    [
        new(
            "validation",
            "gated: share of the training images held out to judge by until pruning is over; 0 judges by the images trained on", s => s.Validation, 0, 1,
            RangeEnds.Most),
        Whole("evaluations", "gated: times in an epoch that the accuracy on them is asked for", s => s.Evaluations),
        new("begin", "share of the run after which pruning begins", s => s.Begin, 0, 1, RangeEnds.Most),
        new("end", "share of the run after which nothing more is pruned", s => s.End, 0, 1, RangeEnds.Least),
        new(
            "rate-exponent",
            "how strongly a layer's learning rate rises as its weights get fewer: it is divided by their share to this power",
            s => s.RateExponent, 0, 1),
        Whole("group-outputs", "output channels of a coarse group", s => s.GroupOutputs),
        Whole("group-inputs", "input channels of a coarse group", s => s.GroupInputs),
        new(
            "judged-until", "gradual, one-shot, rigl: share of the run until which images are held out and judged by, as gated does; 0 for none",
            s => s.JudgedUntil, 0, 1),
        new("sparsity", "gradual, one-shot, rigl: share of weights pruned at last", s => s.Sparsity, 0, 1, RangeEnds.Most),
        Whole("interval", "gradual, rigl: steps from one change of the masks to the next", s => s.Interval),
        new("fraction", "rigl: share of live weights that the first change replaces", s => s.Fraction, 0, 1, RangeEnds.Least),
        new("tolerance", "gated: by how much accuracy, a share, may stay under the best and count as recovered", s => s.Tolerance, 0, 1),
        new(
            "standard-errors", "gated: how many standard errors of a difference of accuracies it may stay under the best as well",
            s => s.StandardErrors, 0, Any),
        Whole("patience", "gated: evaluations without recovery after which pruning is over", s => s.Patience),
        new(
            "fine-threshold", "gated: first threshold of single weights, in root mean square weights; as the step if not given",
            s => s.FineThreshold, 0, Any),
        new("fine-step", "gated: by how much it rises each period; chosen by the run's length if not given", s => s.FineStep, 0, Any),
        new(
            "coarse-threshold", "gated: first threshold of a group's root mean square, in the same unit; as the step if not given",
            s => s.CoarseThreshold, 0, Any),
        new("coarse-step", "gated: by how much it rises each period; two fifths of the fine one if not given", s => s.CoarseStep, 0, Any),
        new(
            "similarity-work", "gated: work of comparing output channels in a period, a share of comparing all pairs; 0 for none",
            s => s.SimilarityWork, 0, 1),
        Whole("similarity-rounds", "gated: rounds of a period in which they are compared", s => s.SimilarityRounds),
        Whole("similarity-interval", "gated: steps from one of them to the next", s => s.SimilarityInterval),
        new("similarity", "gated: first |cos| over which two filters are alike", s => s.Similarity, 0, 1, RangeEnds.Both),
        new("similarity-step", "gated: by how much it falls each period", s => s.SimilarityStep, 0, Any),
        new("similarity-lowest", "gated: the least it falls to", s => s.SimilarityLowest, 0, 1, RangeEnds.Both),
        Whole("similarity-minimum-live", "gated: live weights of a filter under which it isn't compared", s => s.SimilarityMinimumLive, 2),
        new("balance-strength", "gated: how strongly thresholds even out input channels; 0 for not at all", s => s.BalanceStrength, 0, Any),
        new("balance-limit", "gated: the greatest factor by which they may", s => s.BalanceLimit, 1, Any),
        Whole("catch-up", "gated: steps that thresholds may move by at once after waiting for recovery", s => s.CatchUp),
        new("maximum-sparsity", "gated: share of pruned weights at which pruning is over", s => s.MaximumSparsity, 0, 1, RangeEnds.Least),
        new(
            "maximum-layer-sparsity", "gated: share of pruned weights from which a layer is left as it is", s => s.MaximumLayerSparsity, 0,
            1, RangeEnds.Least),
    ];

    /// <summary>The kind and range of the number.</summary>
    public NumberRule<double> Number => new(Least, Most, Open, IsWhole, IsUpwards: Most is Any or Count);

    /// <summary>What is wrong with the number; null if nothing is.</summary>
    public string? FaultOf(PruningSettings settings) => Value(settings) is { } value && !Number.Allows(value)
        ? string.Create(CultureInfo.InvariantCulture, $"must be {Number.Words}, got {value}")
        : null;

    /// <summary>Checks the number.</summary>
    /// <exception cref="ArgumentException">It is out of range.</exception>
    public void Check(PruningSettings settings)
    {
        if (FaultOf(settings) is { } fault) throw new ArgumentException($"{Key} {fault}.");
    }

    private static PruningRule Whole(string key, string meaning, Func<PruningSettings, double?> value, int least = 1) =>
        new(key, meaning, value, least, Count, IsWhole: true);
}
