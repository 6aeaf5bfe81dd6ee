using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Sparsity;

namespace SparseKernels.Training.Pruning;

/// <summary>
/// Makes what prunes a run of plain settings: the shares of a run become steps, and numbers that are left out get theirs from its length.
/// </summary>
public static class PruningRecipe
{
    /// <summary>
    /// How often the masks change between <see cref="PruningSettings.Begin"/> and <see cref="PruningSettings.End"/> where
    /// <see cref="PruningSettings.Interval"/> is null.
    /// </summary>
    private const int DefaultChanges = 50;

    /// <summary>
    /// A fine threshold that prunes this share of weights and some more, and the share of the time from begin to end in which it is to be
    /// reached.
    /// </summary>
    private const double TypicalThreshold = 3.5, TypicalSparsity = 0.95, PlannedShare = 0.85;

    /// <summary>
    /// The coarse step as a part of the fine one: a group's root mean square must be so small beside a single weight for it to go as a whole
    /// that a little more than half of the zeros come to lie in such groups at 95 % zeros (docs/pruning.md).
    /// </summary>
    private const double CoarsePart = 0.4;

    /// <summary>Options for a trainer.</summary>
    /// <param name="settings">The settings.</param>
    /// <returns>The options, whose <see cref="PruningOptions.Settings"/> are these settings as JSON.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="settings"/> is null.</exception>
    /// <exception cref="ArgumentException">A setting is out of its range; the message names it as the JSON does.</exception>
    public static PruningOptions ToOptions(this PruningSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        foreach (var rule in PruningRule.All) rule.Check(settings);
        if (settings.End <= settings.Begin)
            throw new ArgumentException(FormattableString.Invariant($"end must be over begin, {settings.Begin}, got {settings.End}."));
        if (settings.SimilarityLowest > settings.Similarity)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"similarity-lowest must be at most similarity, {settings.Similarity}, got {settings.SimilarityLowest}."));
        }

        if (settings is { JudgedUntil: > 0, Validation: 0 })
            throw new ArgumentException(FormattableString.Invariant($"validation must be over 0 where judged-until is, {settings.JudgedUntil}, got 0."));
        return new PruningOptions
        {
            Strategy = run => Create(settings, run),
            Settings = PruningSettingsJson.Write(settings, indented: false),
            ValidationShare = settings.Validation,
            EvaluationsPerEpoch = settings.Evaluations,
            JudgedUntil = settings.Strategy == PruningStrategyKind.Gated ? 0 : settings.JudgedUntil,
            DenseLayers = settings.DenseLayers,
            ChannelOrder = settings.ChannelOrder,
            RateExponent = (float)settings.RateExponent,
            Group = new CoarseGroup(settings.GroupOutputs, settings.GroupWholeFilter, settings.GroupInputs),
        };
    }

    /// <summary>
    /// The threshold, in root mean square weights with pruned ones as zeros, that leaves a share of weights pruned where magnitudes are
    /// exponentially distributed: for <c>t = −ln(1 − s)</c> it is <c>t / √((1 − s)·(t² + 2t + 2))</c>.
    /// </summary>
    private static double LaplaceThreshold(double sparsity)
    {
        var left = Math.Max(1 - sparsity, 0.001);
        var t = -Math.Log(left);
        return t / Math.Sqrt(left * ((t * t) + (2 * t) + 2));
    }

    private static IPruningStrategy Create(PruningSettings settings, PruningRun run)
    {
        var (begin, end) = (run.StepsOf(settings.Begin), run.StepsOf(settings.End));
        end = Math.Max(end, begin + 1);
        var interval = settings.Interval ?? (int)Math.Clamp((end - begin) / DefaultChanges, 1, int.MaxValue);
        return settings.Strategy switch
        {
            PruningStrategyKind.Gradual =>
                new GradualMagnitude(settings.Sparsity, begin, end, interval, scope: settings.Scope ?? MagnitudeScope.Global),
            PruningStrategyKind.OneShot => new OneShotMagnitude(settings.Sparsity, begin, settings.Scope ?? MagnitudeScope.Global),
            PruningStrategyKind.RigL => new RigL(settings.Sparsity, end, interval, settings.Fraction, settings.Distribution, run.Seed),
            _ => new AccuracyGatedPruning(Gated(settings, run)),
        };
    }

    private static AccuracyGatedOptions Gated(PruningSettings settings, PruningRun run)
    {
        var evaluations = (double)run.Steps / run.StepsPerEpoch * run.EvaluationsPerEpoch;
        var lastThreshold = TypicalThreshold * LaplaceThreshold(settings.MaximumSparsity) / LaplaceThreshold(TypicalSparsity);
        var fineStep = settings.FineStep ?? (lastThreshold / Math.Max(1, PlannedShare * evaluations * (settings.End - settings.Begin)));
        var coarseStep = settings.CoarseStep ?? (CoarsePart * fineStep);
        return new AccuracyGatedOptions
        {
            Gate = new AccuracyGateOptions
            {
                Tolerance = settings.Tolerance,
                StandardErrors = settings.StandardErrors,
                Patience = settings.Patience,
                WarmUp = Math.Max(1, (int)Math.Ceiling(settings.Begin * evaluations)),
            },
            Scope = settings.Scope ?? MagnitudeScope.Balanced,
            PruneFor = settings.For,
            Harm = settings.Harm,
            FineThreshold = (float)(settings.FineThreshold ?? fineStep),
            FineStep = (float)fineStep,
            CoarseThreshold = (float)(settings.CoarseThreshold ?? coarseStep),
            CoarseStep = (float)coarseStep,
            SimilarityWork = settings.SimilarityWork,
            SimilaritySearch = settings.SimilaritySearch,
            SimilarityRounds = settings.SimilarityRounds,
            SimilarityInterval = settings.SimilarityInterval,
            SimilarityCheck = settings.SimilarityCheck,
            Similarity = (float)settings.Similarity,
            SimilarityStep = (float)settings.SimilarityStep,
            SimilarityLowest = (float)settings.SimilarityLowest,
            SimilarityMinimumLive = settings.SimilarityMinimumLive,
            BalanceStrength = (float)settings.BalanceStrength,
            BalanceLimit = (float)settings.BalanceLimit,
            CatchUp = settings.CatchUp,
            LastStep = run.StepsOf(settings.End),
            MaximumSparsity = settings.MaximumSparsity,
            MaximumLayerSparsity = settings.MaximumLayerSparsity,
            Seed = run.Seed,
        };
    }
}
