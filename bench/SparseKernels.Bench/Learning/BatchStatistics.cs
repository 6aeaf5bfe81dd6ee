using SparseKernels.Training.Networks;

namespace SparseKernels.Bench.Learning;

/// <summary>Running statistics that are those of one batch, so that inference normalises as training on it does.</summary>
internal static class BatchStatistics
{
    private const float Momentum = 0.1f;

    /// <summary>Makes them those of a batch.</summary>
    /// <param name="network">A network whose running statistics are those that it began with.</param>
    /// <param name="images"><c>[N, C, H, W]</c>.</param>
    /// <param name="labels"><c>[N]</c>.</param>
    public static void Take(Network network, float[] images, int[] labels)
    {
        network.ComputeGradients(images, labels);
        foreach (var tensor in network.State.Skip(network.Parameters.Count))
        {
            var start = tensor.Name.EndsWith(".running_var", StringComparison.Ordinal) ? 1 - Momentum : 0;
            foreach (ref var value in tensor.Values.AsSpan()) value = (value - start) / Momentum;
        }

        network.Touch();
    }
}
