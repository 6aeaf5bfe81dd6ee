using System.Text.Json.Serialization;
using SparseKernels.Pruning;

namespace SparseKernels.Training.Pruning;

/// <summary>
/// A strategy and all its numbers, as a JSON file or a command line gives them. Times are shares of the run, so that the same settings suit runs
/// of any length. A strategy reads its own rules and leaves the others alone.
/// </summary>
public sealed record PruningSettings
{
    /// <summary>How often the masks change between <see cref="Begin"/> and <see cref="End"/> where <see cref="Interval"/> is null.</summary>
    private const int DefaultChanges = 50;

    /// <summary>A fine threshold that prunes this share of weights and some more, and the share of the time from begin to end in which it is to be reached.</summary>
    private const double TypicalThreshold = 3.5, TypicalSparsity = 0.95, PlannedShare = 0.85;

    /// <summary>The strategy.</summary>
    [JsonConverter(typeof(KebabCaseEnum<PruningStrategyKind>))]
    public PruningStrategyKind Strategy { get; init; } = PruningStrategyKind.Gated;

    /// <summary>See <see cref="PruningOptions.ValidationShare"/>; the gated strategy needs some.</summary>
    public double Validation { get; init; } = 0.05;

    /// <summary>See <see cref="PruningOptions.EvaluationsPerEpoch"/>.</summary>
    public int Evaluations { get; init; } = 4;

    /// <summary>See <see cref="PruningOptions.DenseLayers"/>.</summary>
    public IReadOnlyList<string>? DenseLayers { get; init; }

    /// <summary>See <see cref="CoarseGroup.OutputChannels"/>.</summary>
    public int GroupOutputs { get; init; } = CoarseGroup.Default.OutputChannels;

    /// <summary>See <see cref="CoarseGroup.InputChannels"/>.</summary>
    public int GroupInputs { get; init; } = CoarseGroup.Default.InputChannels;

    /// <summary>See <see cref="CoarseGroup.WholeFilter"/>.</summary>
    public bool GroupWholeFilter { get; init; }

    /// <summary>See <see cref="PruningOptions.ChannelOrder"/>.</summary>
    public bool ChannelOrder { get; init; } = true;

    /// <summary>The share of the run after which pruning may begin; RigL prunes from the first step.</summary>
    public double Begin { get; init; } = 0.15;

    /// <summary>The share of the run after which nothing more is pruned.</summary>
    public double End { get; init; } = 0.85;

    /// <summary>See <see cref="PruningOptions.RateExponent"/>.</summary>
    public double RateExponent { get; init; } = 0.75;

    /// <summary>Gradual, one-shot, RigL: the share of weights that is pruned at last.</summary>
    public double Sparsity { get; init; } = 0.95;

    /// <summary>Gradual, RigL: steps from one change of the masks to the next; null for as many as make 50 changes.</summary>
    public int? Interval { get; init; }

    /// <summary>Gated, gradual, one-shot: what magnitudes are compared with; null for balanced where gated, else global.</summary>
    [JsonConverter(typeof(KebabCaseEnum<MagnitudeScope>))]
    public MagnitudeScope? Scope { get; init; }

    /// <summary>RigL: the share of live weights that the first change replaces.</summary>
    public double Fraction { get; init; } = 0.3;

    /// <summary>RigL: how the sparsity is spread over the layers.</summary>
    [JsonConverter(typeof(KebabCaseEnum<SparsityDistribution>))]
    public SparsityDistribution Distribution { get; init; } = SparsityDistribution.ErdosRenyiKernel;

    /// <summary>Gated: see <see cref="AccuracyGateOptions.Tolerance"/>; accuracy is a share of images.</summary>
    public double Tolerance { get; init; } = 0.02;

    /// <summary>Gated: see <see cref="AccuracyGateOptions.Patience"/>.</summary>
    public int Patience { get; init; } = 12;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.FineThreshold"/>; null for the step's own size.</summary>
    public double? FineThreshold { get; init; }

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.FineStep"/>; null for one that reaches <see cref="MaximumSparsity"/> towards <see cref="End"/>.</summary>
    public double? FineStep { get; init; }

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.CoarseThreshold"/>; null for the step's own size.</summary>
    public double? CoarseThreshold { get; init; }

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.CoarseStep"/>; null for a third of the fine one.</summary>
    public double? CoarseStep { get; init; }

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.SimilarityShare"/>.</summary>
    public double SimilarityShare { get; init; } = 0.1;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.Similarity"/>.</summary>
    public double Similarity { get; init; } = 0.99;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.SimilarityStep"/>.</summary>
    public double SimilarityStep { get; init; } = 0.005;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.SimilarityLowest"/>.</summary>
    public double SimilarityLowest { get; init; } = 0.9;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.SimilarityMinimumLive"/>.</summary>
    public int SimilarityMinimumLive { get; init; } = 4;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.BalanceStrength"/>.</summary>
    public double BalanceStrength { get; init; } = 0.5;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.BalanceLimit"/>.</summary>
    public double BalanceLimit { get; init; } = 2;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.CatchUp"/>.</summary>
    public int CatchUp { get; init; } = 3;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.Rounds"/>.</summary>
    public int Rounds { get; init; } = 1;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.RoundInterval"/>.</summary>
    public int RoundInterval { get; init; } = 50;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.MaximumSparsity"/>.</summary>
    public double MaximumSparsity { get; init; } = 0.95;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.MaximumLayerSparsity"/>.</summary>
    public double MaximumLayerSparsity { get; init; } = 0.99;

    /// <summary>Options for a trainer.</summary>
    /// <returns>The options, whose <see cref="PruningOptions.Settings"/> are these settings as JSON.</returns>
    /// <exception cref="ArgumentException">A setting is out of its range; the message names it as the JSON does.</exception>
    public PruningOptions ToOptions()
    {
        foreach (var rule in PruningRule.All) rule.Check(this);
        if (End <= Begin) throw new ArgumentException(FormattableString.Invariant($"end must be over begin, {Begin}, got {End}."));
        if (SimilarityLowest > Similarity) throw new ArgumentException(FormattableString.Invariant($"similarity-lowest must be at most similarity, {Similarity}, got {SimilarityLowest}."));
        if (Strategy == PruningStrategyKind.Gated && Validation == 0) throw new ArgumentException("validation must be over 0 for the gated strategy, which judges by it, got 0.");
        return new PruningOptions
        {
            Strategy = Create,
            Settings = PruningSettingsJson.Write(this, indented: false),
            ValidationShare = Validation,
            EvaluationsPerEpoch = Evaluations,
            DenseLayers = DenseLayers,
            ChannelOrder = ChannelOrder,
            RateExponent = (float)RateExponent,
            Group = new CoarseGroup(GroupOutputs, GroupWholeFilter, GroupInputs),
        };
    }

    /// <summary>
    /// The threshold, in root mean square weights with pruned ones as zeros, that leaves a share of weights pruned where magnitudes are exponentially
    /// distributed: for <c>t = −ln(1 − s)</c> it is <c>t / √((1 − s)·(t² + 2t + 2))</c>.
    /// </summary>
    private static double LaplaceThreshold(double sparsity)
    {
        var left = Math.Max(1 - sparsity, 0.001);
        var t = -Math.Log(left);
        return t / Math.Sqrt(left * ((t * t) + (2 * t) + 2));
    }

    private IPruningStrategy Create(PruningRun run)
    {
        var (begin, end) = (run.StepsOf(Begin), run.StepsOf(End));
        end = Math.Max(end, begin + 1);
        var interval = Interval ?? (int)Math.Clamp((end - begin) / DefaultChanges, 1, int.MaxValue);
        return Strategy switch
        {
            PruningStrategyKind.Gradual => new GradualMagnitude(Sparsity, begin, end, interval, scope: Scope ?? MagnitudeScope.Global),
            PruningStrategyKind.OneShot => new OneShotMagnitude(Sparsity, begin, Scope ?? MagnitudeScope.Global),
            PruningStrategyKind.RigL => new RigL(Sparsity, end, interval, Fraction, Distribution, run.Seed),
            _ => new AccuracyGatedPruning(Gated(run)),
        };
    }

    private AccuracyGatedOptions Gated(PruningRun run)
    {
        var evaluations = (double)run.Steps / run.StepsPerEpoch * run.EvaluationsPerEpoch;
        var lastThreshold = TypicalThreshold * LaplaceThreshold(MaximumSparsity) / LaplaceThreshold(TypicalSparsity);
        var fineStep = FineStep ?? (lastThreshold / Math.Max(1, PlannedShare * evaluations * (End - Begin)));
        var coarseStep = CoarseStep ?? (fineStep / 3);
        return new AccuracyGatedOptions
        {
            Gate = new AccuracyGateOptions { Tolerance = Tolerance, Patience = Patience, WarmUp = Math.Max(1, (int)Math.Ceiling(Begin * evaluations)) },
            Scope = Scope ?? MagnitudeScope.Balanced,
            FineThreshold = (float)(FineThreshold ?? fineStep),
            FineStep = (float)fineStep,
            CoarseThreshold = (float)(CoarseThreshold ?? coarseStep),
            CoarseStep = (float)coarseStep,
            SimilarityShare = SimilarityShare,
            Similarity = (float)Similarity,
            SimilarityStep = (float)SimilarityStep,
            SimilarityLowest = (float)SimilarityLowest,
            SimilarityMinimumLive = SimilarityMinimumLive,
            BalanceStrength = (float)BalanceStrength,
            BalanceLimit = (float)BalanceLimit,
            CatchUp = CatchUp,
            Rounds = Rounds,
            RoundInterval = RoundInterval,
            LastStep = run.StepsOf(End),
            MaximumSparsity = MaximumSparsity,
            MaximumLayerSparsity = MaximumLayerSparsity,
            Seed = run.Seed,
        };
    }
}
