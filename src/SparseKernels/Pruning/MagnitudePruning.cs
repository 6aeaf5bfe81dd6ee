namespace SparseKernels.Pruning;

/// <summary>Prunes the live weights of least magnitude until a given share is pruned, to the weight.</summary>
internal static class MagnitudePruning
{
    /// <summary>Prunes each layer to a sparsity, or all of them together; where more is pruned already nothing changes.</summary>
    public static void PruneTo(double sparsity, MagnitudeScope scope, IReadOnlyList<PrunedLayer> layers)
    {
        if (scope == MagnitudeScope.Global)
        {
            Prune(sparsity, layers);
            return;
        }

        foreach (var layer in layers) Prune(sparsity, [layer]);
    }

    public static void CheckSparsity(double sparsity, string name)
    {
        if (!(sparsity >= 0 && sparsity < 1)) throw new ArgumentOutOfRangeException(name, $"{name} must be 0 or more and under 1, got {sparsity}.");
    }

    public static void CheckScope(MagnitudeScope scope, string name)
    {
        if (!Enum.IsDefined(scope)) throw new ArgumentOutOfRangeException(name, scope, "not a known scope.");
    }

    private static void Prune(double sparsity, IReadOnlyList<PrunedLayer> layers)
    {
        var weights = layers.Sum(layer => (long)layer.Shape.WeightLength);
        var live = layers.Sum(layer => (long)layer.Mask.Count);
        var count = (long)Math.Round(sparsity * weights) - (weights - live);
        if (count <= 0) return;
        var cut = MagnitudeCut.Find([.. layers.Select(layer => ((ReadOnlyMemory<float>)layer.Weights, layer.Mask))], live: true, count);
        foreach (var layer in layers) layer.PruneWhere(ref cut);
    }
}
