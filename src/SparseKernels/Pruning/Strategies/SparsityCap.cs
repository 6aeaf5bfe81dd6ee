namespace SparseKernels.Pruning.Strategies;

/// <summary>Keeps a pruning by thresholds from taking more weights than it may.</summary>
internal static class SparsityCap
{
    /// <summary>Finds what all thresholds set are to be multiplied by, lest more live weights than allowed lie under them.</summary>
    /// <param name="layers">Layers whose thresholds are set.</param>
    /// <param name="allowed">Weights that may be pruned; 0 or more.</param>
    /// <returns>
    /// 1 where no more lie under the thresholds as they are; else the least factor that takes more than those, by one weight or one group.
    /// </returns>
    public static float Scale(IEnumerable<PrunedLayer> layers, long allowed)
    {
        var shares = new List<float>();
        foreach (var layer in layers) layer.CollectShares(shares);
        if (shares.Count <= allowed) return 1;
        shares.Sort();
        return MathF.BitIncrement(shares[(int)allowed]);
    }
}
