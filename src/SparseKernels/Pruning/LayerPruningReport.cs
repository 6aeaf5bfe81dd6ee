namespace SparseKernels.Pruning;

/// <summary>One layer's sparsity, and what was pruned since it was registered.</summary>
public sealed record LayerPruningReport
{
    /// <summary>The layer.</summary>
    public required string Name { get; init; }

    /// <summary>Weights, pruned ones included.</summary>
    public required long Weights { get; init; }

    /// <summary>Weights that are left.</summary>
    public required long LiveWeights { get; init; }

    /// <summary>Coarse groups.</summary>
    public required long Groups { get; init; }

    /// <summary>Groups with a weight left.</summary>
    public required long LiveGroups { get; init; }

    /// <summary>Weights of dead groups: the zeros that kernels jump in runs.</summary>
    public required long WeightsInDeadGroups { get; init; }

    /// <summary>Pairs of runs that were compared, and one for each signature; see <see cref="SimilarityResult"/>.</summary>
    public required long PairsCompared { get; init; }

    /// <summary>Pairs that comparing all runs once in each period would have had.</summary>
    public required long PairsPossible { get; init; }

    /// <summary>Runs pruned because a stronger one is nearly parallel.</summary>
    public required long SimilarRunsPruned { get; init; }

    /// <summary>
    /// Those of them that were pruned while what all pairs find was counted too; see
    /// <see cref="Strategies.AccuracyGatedOptions.SimilarityCheck"/>.
    /// </summary>
    public required long SimilarRunsChecked { get; init; }

    /// <summary>
    /// Runs that comparing all pairs would have pruned at the same times; one that is not found stays and counts again in the next period.
    /// </summary>
    public required long SimilarRunsOfAllPairs { get; init; }

    /// <summary>Groups pruned by magnitude.</summary>
    public required long RunsPruned { get; init; }

    /// <summary>Weights pruned one by one.</summary>
    public required long WeightsPruned { get; init; }

    /// <summary>Weights revived.</summary>
    public required long WeightsGrown { get; init; }

    /// <summary>The imbalance across input channels; see <see cref="ChannelImbalance.OfInputs"/>.</summary>
    public required double InputImbalance { get; init; }

    /// <summary>The imbalance across input channels that the first pruning left; now if there was none.</summary>
    public required double InputImbalanceAtFirst { get; init; }

    /// <summary>The imbalance across as many cores as the unit has threads; see <see cref="ChannelImbalance.OfCores"/>.</summary>
    public required double CoreImbalance { get; init; }

    /// <summary>The imbalance across cores that the first pruning left, since the run last went on; now if there was none.</summary>
    public required double CoreImbalanceAtFirst { get; init; }

    /// <summary>
    /// What the layer's passes of a training step are predicted to take now, in seconds; null where nobody knows. See
    /// <see cref="PrunedLayer.StepSeconds"/>.
    /// </summary>
    public double? StepSeconds { get; init; }

    /// <summary>
    /// What they would take with as many weights left, if cores that each take an equal run of output channels had equally many: the most
    /// that a balancer can gain there. Null where nobody knows.
    /// </summary>
    public double? EvenStepSeconds => StepSeconds / CoreImbalance;

    /// <summary>Share of weights that are pruned, 0 to 1.</summary>
    public double Sparsity => 1 - ((double)LiveWeights / Weights);

    /// <summary>Share of groups that are dead, 0 to 1.</summary>
    public double CoarseSparsity => 1 - ((double)LiveGroups / Groups);

    /// <summary>Share of the zeros that lie in dead groups, 0 to 1; 0 if there are no zeros.</summary>
    public double CoarseShare => Weights == LiveWeights ? 0 : (double)WeightsInDeadGroups / (Weights - LiveWeights);
}
