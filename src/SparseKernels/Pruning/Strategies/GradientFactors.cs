namespace SparseKernels.Pruning.Strategies;

/// <summary>What <see cref="PruneHarm.Gradient"/> multiplies a layer's thresholds by: where gradients are large they are low.</summary>
/// <param name="Layer">All of them.</param>
/// <param name="Outputs"><c>[K]</c>: those of each output channel.</param>
/// <param name="Inputs"><c>[C/Groups]</c>: those of each input channel.</param>
internal sealed record GradientFactors(float Layer, float[] Outputs, float[] Inputs)
{
    /// <summary>The greatest factor, and 1 over the least: one batch shouldn't decide alone.</summary>
    private const double Limit = 2;

    /// <summary>
    /// Each layer's: <c>g/g(layer)</c> with g the geometric mean of the layers' root mean square gradients, weighted by their weights, and
    /// <c>g(layer)/g(channel)</c>; of live weights, and of the optimiser's running mean where it keeps one.
    /// </summary>
    /// <param name="layers">The layers.</param>
    /// <returns>One for each layer; null for one whose gradients are unknown, all zero or not finite.</returns>
    public static GradientFactors?[] Of(IReadOnlyList<PrunedLayer> layers)
    {
        var squares = layers.Select(Squares.Of).ToArray();
        var (sum, weights) = (0.0, 0.0);
        for (var i = 0; i < squares.Length; i++)
        {
            if (squares[i] is not { } known) continue;
            sum += layers[i].Shape.WeightLength * Math.Log(known.Mean);
            weights += layers[i].Shape.WeightLength;
        }

        return Array.ConvertAll(squares, known => known?.Factors(Math.Exp(sum / weights)));
    }

    private static float Factor(double squares, double over) => (float)Math.Clamp(Math.Sqrt(squares / over), 1 / Limit, Limit);

    /// <summary>Mean squared gradients of one layer.</summary>
    private sealed record Squares(double Mean, double[] Outputs, double[] Inputs)
    {
        public static Squares? Of(PrunedLayer layer)
        {
            var known = !layer.SquaredGradient.IsEmpty;
            var gradient = (known ? layer.SquaredGradient : layer.Gradient).Span;
            if (gradient.IsEmpty || layer.Mask.Count == 0) return null;
            var (rows, columns) = (new (double Sum, int Count)[layer.Shape.K], new (double Sum, int Count)[layer.Shape.GroupC]);
            var (row, taps) = (layer.Mask.Runs.RowLength, layer.Shape.R * layer.Shape.S);
            for (var i = layer.Mask.NextLive(0, gradient.Length); i < gradient.Length; i = layer.Mask.NextLive(i + 1, gradient.Length))
            {
                var square = known ? gradient[i] : (double)gradient[i] * gradient[i];
                Add(ref rows[i / row], square);
                Add(ref columns[i % row / taps], square);
            }

            layer.Walked(gradient.Length);
            var mean = rows.Sum(sum => sum.Sum) / layer.Mask.Count;
            return mean > 0 && double.IsFinite(mean)
                ? new(mean, Array.ConvertAll(rows, sum => MeanOf(sum, mean)), Array.ConvertAll(columns, sum => MeanOf(sum, mean)))
                : null;
        }

        public GradientFactors Factors(double all) =>
            new(Factor(all, Mean), Array.ConvertAll(Outputs, square => Factor(Mean, square)), Array.ConvertAll(Inputs, square => Factor(Mean, square)));

        private static void Add(ref (double Sum, int Count) sum, double square) => sum = (sum.Sum + square, sum.Count + 1);

        /// <summary>The layer's, for a channel without live weights.</summary>
        private static double MeanOf((double Sum, int Count) sum, double otherwise) => sum.Count == 0 ? otherwise : sum.Sum / sum.Count;
    }
}
