using SparseKernels.Sparsity;
using SparseKernels.Training.Networks;

namespace SparseKernels.Bench.Learning;

/// <summary>Masks a share of a network's weights at random, each layer alike, the first and the last left dense.</summary>
internal static class RandomMasks
{
    /// <summary>Sets the masks.</summary>
    /// <param name="network">The network.</param>
    /// <param name="share">Share of weights that become zero, over 0 and under 1.</param>
    /// <param name="seed">The same seed gives the same masks.</param>
    /// <exception cref="ArgumentException">Between its first and its last layer the network has none with weights.</exception>
    public static void Apply(Network network, double share, int seed = 1)
    {
        var weights = network.Parameters.Where(parameter => parameter.Shape.Length > 1).ToArray();
        if (weights.Length < 3)
            throw new ArgumentException(
                $"network {network.Name} must have a layer between its first and its last, got {weights.Length} layers with weights.",
                nameof(network));
        var random = new Random(seed);
        foreach (var parameter in weights[1..^1])
        {
            var (r, s) = parameter.Shape.Length == 4 ? (parameter.Shape[2], parameter.Shape[3]) : (1, 1);
            var live = new bool[parameter.Value.Length];
            foreach (ref var bit in live.AsSpan()) bit = random.NextDouble() >= share;
            parameter.Mask = WeightPattern.FromMask(new ConvolutionShape(1, parameter.Shape[1], r, s, parameter.Shape[0], r, s), live);
        }
    }
}
