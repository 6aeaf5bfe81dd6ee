namespace SparseKernels.Pruning.Strategies;

/// <summary>Prunes the live weights of least magnitude until a given share is pruned, to the weight.</summary>
internal static class MagnitudePruning
{
    /// <summary>Prunes each layer to a sparsity, or all of them together; where more is pruned already nothing changes.</summary>
    public static void PruneTo(double sparsity, MagnitudeScope scope, IReadOnlyList<PrunedLayer> layers)
    {
        if (scope == MagnitudeScope.Layer)
        {
            foreach (var layer in layers) Prune(sparsity, [layer], [1]);
            return;
        }

        Prune(sparsity, layers, scope == MagnitudeScope.Global ? [.. Enumerable.Repeat(1f, layers.Count)] : [.. MagnitudeUnits.Of(scope, layers).Select(UsableOrOne)]);
    }

    public static void CheckSparsity(double sparsity, string name)
    {
        if (!(sparsity >= 0 && sparsity < 1))
            throw new ArgumentOutOfRangeException(name, $"{name} must be 0 or more and under 1, got {sparsity}.");
    }

    public static void CheckScope(MagnitudeScope scope, string name)
    {
        if (!Enum.IsDefined(scope))
            throw new ArgumentOutOfRangeException(
                name, $"{name} must be one of {string.Join(", ", Enum.GetNames<MagnitudeScope>())}, got {scope}.");
    }

    /// <summary>Weights that are all zero, or not finite, have no unit.</summary>
    private static float UsableOrOne(float unit) => unit > 0 && float.IsFinite(unit) ? unit : 1;

    private static void Prune(double sparsity, IReadOnlyList<PrunedLayer> layers, float[] units)
    {
        var weights = layers.Sum(layer => (long)layer.Shape.WeightLength);
        var live = layers.Sum(layer => (long)layer.Mask.Count);
        var count = (long)Math.Round(sparsity * weights) - (weights - live);
        if (count <= 0) return;
        var cut = MagnitudeCut.Find(
            [.. layers.Select((layer, i) => ((ReadOnlyMemory<float>)layer.Weights, layer.Mask, units[i]))], live: true, count);
        for (var i = 0; i < layers.Count; i++)
        {
            layers[i].Walked(MagnitudeCut.Walks * (long)layers[i].Shape.WeightLength);
            layers[i].PruneWhere(ref cut, units[i]);
        }
    }
}
