using SparseKernels.Sparsity;

namespace SparseKernels.Pruning.Strategies;

/// <summary>
/// Settings of <see cref="AccuracyGatedPruning"/>. Thresholds are in units of the root mean square weight, pruned weights counted as
/// zeros (<see cref="PrunedLayer.Rms"/>), of each layer, all of them or between (<see cref="Scope"/>), so that one step suits any network.
/// For weights of normal distribution fine thresholds of 0.7, 1.6, 2.5, 3.7 and 8.9 leave 50, 20, 10, 5 and 1 %.
/// </summary>
public sealed record AccuracyGatedOptions
{
    /// <summary>When to prune.</summary>
    public AccuracyGateOptions Gate { get; init; } = new();

    /// <summary>Whose root mean square weights are the unit of thresholds.</summary>
    public MagnitudeScope Scope { get; init; } = MagnitudeScope.Balanced;

    /// <summary>
    /// What pruning is to gain; <see cref="PruneFor.Time"/> needs layers with <see cref="PrunedLayer.StepSeconds"/>, and is as
    /// <see cref="PruneFor.Size"/> for others.
    /// </summary>
    public PruneFor PruneFor { get; init; } = PruneFor.Size;

    /// <summary>What a pruned weight is taken to harm.</summary>
    public PruneHarm Harm { get; init; } = PruneHarm.Magnitude;

    /// <summary>The first period's threshold for single weights; 0 or more.</summary>
    public float FineThreshold { get; init; } = 0.3f;

    /// <summary>By how much it rises each period; 0 or more.</summary>
    public float FineStep { get; init; } = 0.3f;

    /// <summary>The first period's threshold for the root mean square of a group; 0 or more.</summary>
    public float CoarseThreshold { get; init; } = 0.1f;

    /// <summary>By how much it rises each period; 0 or more.</summary>
    public float CoarseStep { get; init; } = 0.05f;

    /// <summary>
    /// The work that comparing output channels may do in each period, as a share of comparing all pairs once; 0 compares none, 1 all pairs.
    /// </summary>
    public double SimilarityWork { get; init; } = 0.05;

    /// <summary>What that work is spent on; a sample of channels has √work of them.</summary>
    public SimilaritySearch SimilaritySearch { get; init; } = SimilaritySearch.Signatures;

    /// <summary>Rounds of a period in which output channels are compared, each at other input channels; 1 or more.</summary>
    public int SimilarityRounds { get; init; } = 4;

    /// <summary>Steps from one of them to the next; 1 or more.</summary>
    public int SimilarityInterval { get; init; } = 8;

    /// <summary>
    /// Whether each round also counts what comparing all pairs would find (<see cref="LayerPruningReport.SimilarRunsOfAllPairs"/>). Costs
    /// that comparison; changes nothing else.
    /// </summary>
    public bool SimilarityCheck { get; init; }

    /// <summary>The first period's |cos| over which two runs count as parallel; over 0 and under 1.</summary>
    public float Similarity { get; init; } = 0.99f;

    /// <summary>By how much it falls each period; 0 or more.</summary>
    public float SimilarityStep { get; init; } = 0.005f;

    /// <summary>The least it falls to; over 0 and at most <see cref="Similarity"/>.</summary>
    public float SimilarityLowest { get; init; } = 0.9f;

    /// <summary>The runs that are compared; see <see cref="SimilarityRule.Group"/>.</summary>
    public CoarseGroup SimilarityGroup { get; init; } = new(1, WholeFilter: true);

    /// <summary>See <see cref="SimilarityRule.MinimumLive"/>.</summary>
    public int SimilarityMinimumLive { get; init; } = 4;

    /// <summary>
    /// See <see cref="ChannelBalancer.Strength"/>; 0, the default, leaves all input channels the same thresholds: no step was seen to become
    /// shorter.
    /// </summary>
    public float BalanceStrength { get; init; }

    /// <summary>See <see cref="ChannelBalancer.Limit"/>.</summary>
    public float BalanceLimit { get; init; } = 2;

    /// <summary>
    /// Steps that thresholds and similarity may move by in one period: one, and one more for each evaluation that was waited for recovery,
    /// up to this many, so that waiting doesn't leave the network with fewer zeros at the end. 1 or more; 1, by default, moves one step
    /// however long it waited.
    /// </summary>
    public int CatchUp { get; init; } = 1;

    /// <summary>
    /// The last step, as many having been taken before it, that may prune; later ones only let the network recover. 0 or more.
    /// </summary>
    public long LastStep { get; init; } = long.MaxValue;

    /// <summary>Pruning is over once the network has recovered at this share of pruned weights; over 0, at most 1.</summary>
    public double MaximumSparsity { get; init; } = 1;

    /// <summary>A layer whose share of pruned weights is this or more is left as it is; over 0, at most 1.</summary>
    public double MaximumLayerSparsity { get; init; } = 0.99;

    /// <summary>What output channels are sampled by.</summary>
    public ulong Seed { get; init; } = 1;

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Gate);
        MagnitudePruning.CheckScope(Scope, nameof(Scope));
        Require(Enum.IsDefined(PruneFor), nameof(PruneFor), $"one of {string.Join(", ", Enum.GetNames<PruneFor>())}", PruneFor);
        Require(Enum.IsDefined(Harm), nameof(Harm), $"one of {string.Join(", ", Enum.GetNames<PruneHarm>())}", Harm);
        NotNegative(FineThreshold, nameof(FineThreshold));
        NotNegative(FineStep, nameof(FineStep));
        NotNegative(CoarseThreshold, nameof(CoarseThreshold));
        NotNegative(CoarseStep, nameof(CoarseStep));
        NotNegative(SimilarityStep, nameof(SimilarityStep));
        Require(SimilarityWork is >= 0 and <= 1, nameof(SimilarityWork), "0 to 1", SimilarityWork);
        Require(
            Enum.IsDefined(SimilaritySearch), nameof(SimilaritySearch), $"one of {string.Join(", ", Enum.GetNames<SimilaritySearch>())}",
            SimilaritySearch);
        Require(SimilarityRounds >= 1, nameof(SimilarityRounds), "1 or more", SimilarityRounds);
        Require(SimilarityInterval >= 1, nameof(SimilarityInterval), "1 or more", SimilarityInterval);
        Require(Similarity is > 0 and < 1, nameof(Similarity), "over 0 and under 1", Similarity);
        Require(
            SimilarityLowest > 0 && SimilarityLowest <= Similarity, nameof(SimilarityLowest),
            $"over 0 and at most {nameof(Similarity)}, {Similarity}", SimilarityLowest);
        Require(SimilarityMinimumLive >= 2, nameof(SimilarityMinimumLive), "2 or more", SimilarityMinimumLive);
        Require(
            SimilarityGroup is { OutputChannels: >= 1, InputChannels: >= 1 }, nameof(SimilarityGroup), "of 1 channel or more on each side",
            SimilarityGroup);
        NotNegative(BalanceStrength, nameof(BalanceStrength));
        Require(BalanceLimit >= 1 && float.IsFinite(BalanceLimit), nameof(BalanceLimit), "finite and 1 or more", BalanceLimit);
        Require(CatchUp >= 1, nameof(CatchUp), "1 or more", CatchUp);
        Require(LastStep >= 0, nameof(LastStep), "0 or more", LastStep);
        Require(MaximumSparsity is > 0 and <= 1, nameof(MaximumSparsity), "over 0 and at most 1", MaximumSparsity);
        Require(MaximumLayerSparsity is > 0 and <= 1, nameof(MaximumLayerSparsity), "over 0 and at most 1", MaximumLayerSparsity);
    }

    private static void NotNegative(float value, string name) =>
        Require(value >= 0 && float.IsFinite(value), name, "finite and 0 or more", value);

    private static void Require(bool holds, string name, string expected, object value)
    {
        if (!holds) throw new ArgumentOutOfRangeException(name, FormattableString.Invariant($"{name} must be {expected}, got {value}."));
    }
}
