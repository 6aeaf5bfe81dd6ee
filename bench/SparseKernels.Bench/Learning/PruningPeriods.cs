using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;

namespace SparseKernels.Bench.Learning;

/// <summary>
/// Periods of <see cref="AccuracyGatedPruning"/> that begin when they are told to, whatever the accuracy, each with a sparsity to end at: what
/// two settings prune can be compared at equal sparsity. Thresholds are so high that each period's sparsity alone decides; groups go at a third
/// of the threshold of single weights, as by default.
/// </summary>
/// <param name="settings">All but thresholds and sparsity.</param>
internal sealed class PruningPeriods(AccuracyGatedOptions settings) : IPruningStrategy
{
    private const float Beyond = 30;

    private AccuracyGatedPruning? _period;

    /// <inheritdoc/>
    public string Name => "periods";

    /// <inheritdoc/>
    public bool NeedsAccuracy => false;

    /// <summary>Has the next step prune.</summary>
    /// <param name="sparsity">The share of weights pruned behind it; over that before it, under 1.</param>
    /// <param name="layers">The layers.</param>
    public void Begin(double sparsity, IReadOnlyList<PrunedLayer> layers)
    {
        _period = new AccuracyGatedPruning(settings with
        {
            Gate = new AccuracyGateOptions { WarmUp = 1 },
            FineThreshold = Beyond,
            CoarseThreshold = Beyond / 3,
            MaximumSparsity = sparsity,
        });
        _ = _period.OnEvaluation(1, layers);
    }

    /// <inheritdoc/>
    public void BeforeUpdate(long step, IReadOnlyList<PrunedLayer> layers) => _period?.BeforeUpdate(step, layers);
}
