namespace SparseKernels.Pruning.Strategies;

/// <summary>Densities of layers that together give the network's.</summary>
internal static class LayerDensities
{
    public static double[] Of(IReadOnlyList<ConvolutionShape> shapes, double sparsity, SparsityDistribution distribution)
    {
        var densities = new double[shapes.Count];
        if (distribution == SparsityDistribution.Uniform)
        {
            Array.Fill(densities, 1 - sparsity);
            return densities;
        }

        // A layer that would be over-full is full, and the others share what is left; that may fill further ones.
        var full = new bool[shapes.Count];
        while (true)
        {
            var budget = (1 - sparsity) * shapes.Sum(shape => (double)shape.WeightLength) - shapes.Where((_, i) => full[i]).Sum(
                shape => (double)shape.WeightLength);
            var weight = shapes.Where((_, i) => !full[i]).Sum(shape => (double)SumOfSizes(shape));
            var overfull = false;
            for (var i = 0; i < densities.Length; i++)
            {
                densities[i] = full[i] ? 1 : Math.Max(0, budget) / weight * SumOfSizes(shapes[i]) / shapes[i].WeightLength;
                if (densities[i] <= 1) continue;
                overfull = full[i] = true;
            }

            if (!overfull) return densities;
        }
    }

    private static int SumOfSizes(ConvolutionShape shape) => shape.K + shape.GroupC + shape.R + shape.S;
}
