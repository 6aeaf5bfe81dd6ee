namespace SparseKernels.Pruning.Strategies;

/// <summary>The magnitude that each layer's weights are measured in.</summary>
internal static class MagnitudeUnits
{
    /// <summary>The units by a scope, from root mean square weights, pruned weights counted as zeros.</summary>
    public static float[] Of(MagnitudeScope scope, IReadOnlyList<PrunedLayer> layers)
    {
        var units = new float[layers.Count];
        var all = RmsOf(layers);
        for (var i = 0; i < units.Length; i++)
        {
            units[i] = scope switch
            {
                MagnitudeScope.Layer => (float)layers[i].Rms,
                MagnitudeScope.Global => (float)all,
                _ => (float)Math.Sqrt(layers[i].Rms * all),
            };
        }

        return units;
    }

    /// <summary>Of all layers together but those with weights that are not finite.</summary>
    private static double RmsOf(IReadOnlyList<PrunedLayer> layers)
    {
        var (squares, weights) = (0.0, 0L);
        foreach (var layer in layers)
        {
            if (!double.IsFinite(layer.Rms)) continue;
            squares += layer.Rms * layer.Rms * layer.Shape.WeightLength;
            weights += layer.Shape.WeightLength;
        }

        return Math.Sqrt(squares / weights);
    }
}
