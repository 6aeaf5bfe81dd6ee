namespace SparseKernels.Pruning;

/// <summary>What a <see cref="PruningUnit"/> did so far.</summary>
public sealed record PruningReport
{
    /// <summary>Each layer.</summary>
    public required IReadOnlyList<LayerPruningReport> Layers { get; init; }

    /// <summary>Steps in which a mask changed.</summary>
    public required long PruningSteps { get; init; }

    /// <summary>Bytes that the steps' passes over the weights moved, and the walks by which strategies chose what to prune.</summary>
    public required WeightTraffic Traffic { get; init; }

    /// <summary>Bytes that a pass of its own for each job would have moved; see <see cref="WeightTraffic.OfSeparatePasses"/>.</summary>
    public required WeightTraffic SeparateTraffic { get; init; }

    /// <summary>Share of all layers' weights that are pruned, 0 to 1.</summary>
    public double Sparsity => 1 - ShareOf(layer => layer.LiveWeights, layer => layer.Weights, empty: 1);

    /// <summary>Share of all layers' groups that are dead, 0 to 1.</summary>
    public double CoarseSparsity => 1 - ShareOf(layer => layer.LiveGroups, layer => layer.Groups, empty: 1);

    /// <summary>Share of the zeros that lie in dead groups, 0 to 1; 0 if there are no zeros.</summary>
    public double CoarseShare => ShareOf(layer => layer.WeightsInDeadGroups, layer => layer.Weights - layer.LiveWeights, empty: 0);

    private double ShareOf(Func<LayerPruningReport, long> part, Func<LayerPruningReport, long> whole, double empty)
    {
        var all = Layers.Sum(whole);
        return all == 0 ? empty : (double)Layers.Sum(part) / all;
    }
}
