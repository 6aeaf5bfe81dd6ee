namespace SparseKernels.Pruning.Strategies;

/// <summary>What <see cref="PruneFor.Time"/> multiplies a layer's thresholds by.</summary>
/// <param name="Fine">Of single weights.</param>
/// <param name="Coarse">Of groups.</param>
internal readonly record struct TimeFactors(float Fine, float Coarse)
{
    /// <summary>The greatest factor, and 1 over the least: what is predicted to be nearly free or very dear shouldn't decide alone.</summary>
    private const double Limit = 2;

    /// <summary>The part of what is left that a layer is asked about at least, where it is near its last density or beyond.</summary>
    private const double LeastPart = 0.1;

    public static TimeFactors None => new(1, 1);

    /// <summary>
    /// The square roots of what each layer's zeros save, over the geometric mean of what a single weight's saves: of one weight pruned by
    /// itself, and of one pruned with its whole group. 1 for a layer that nothing is known of.
    /// </summary>
    /// <param name="layers">The layers.</param>
    /// <param name="sparsity">The share of weights to be pruned at last.</param>
    /// <returns>One for each layer.</returns>
    public static TimeFactors[] Of(IReadOnlyList<PrunedLayer> layers, double sparsity)
    {
        var savings = layers.Select(layer => SavingsOf(layer, 1 - sparsity)).ToArray();
        var (sum, weights) = (0.0, 0.0);
        for (var i = 0; i < savings.Length; i++)
        {
            if (!(savings[i].Fine > 0)) continue;
            sum += layers[i].Shape.WeightLength * Math.Log(savings[i].Fine);
            weights += layers[i].Shape.WeightLength;
        }

        if (weights == 0) return [.. layers.Select(_ => None)];
        var mean = Math.Exp(sum / weights);
        return Array.ConvertAll(savings, saving => saving is { Fine: double.NaN } ? None : new(Factor(saving.Fine / mean), Factor(saving.Coarse / mean)));
    }

    /// <summary>
    /// Seconds of a training step for each weight pruned from now to the density at the end: the slope there, for where dense kernels run
    /// now the next zeros save nothing yet.
    /// </summary>
    private static (double Fine, double Coarse) SavingsOf(PrunedLayer layer, double left)
    {
        if (layer.StepSeconds is not { } seconds) return (double.NaN, double.NaN);
        var (fine, coarse) = (layer.Mask.FineDensity, layer.Mask.CoarseDensity);
        var last = Math.Min(left, (1 - LeastPart) * fine);
        var pruned = (fine - last) * layer.Shape.WeightLength;
        var now = seconds(new OperandDensity(fine, coarse));
        if (!(pruned > 0 && now > 0)) return (double.NaN, double.NaN);
        return (Math.Max(0, now - seconds(new OperandDensity(last, coarse))) / pruned,
            Math.Max(0, now - seconds(new OperandDensity(last, coarse * last / fine))) / pruned);
    }

    private static float Factor(double saving) => (float)Math.Clamp(Math.Sqrt(saving), 1 / Limit, Limit);
}
