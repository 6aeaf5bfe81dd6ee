using SparseKernels.Training.Networks;
using SparseKernels.Training.Parameters;

namespace SparseKernels.Cli.Benchmark;

/// <summary>Makes a share of a network's weights zero: the smallest of each layer, the first and the last left as they are.</summary>
internal static class SmallestWeights
{
    /// <summary>Makes them zero.</summary>
    /// <param name="network">The network, whose weights are overwritten.</param>
    /// <param name="share">Their share, over 0 and under 1; weights that are zero already count.</param>
    /// <exception cref="ArgumentException">Between its first and its last layer the network has none with weights.</exception>
    public static void MakeZero(Network network, double share)
    {
        var weights = network.Parameters.Where(parameter => parameter.Shape.Length > 1).ToArray();
        if (weights.Length < 3)
            throw new ArgumentException(
                $"the network has {weights.Length} layers with weights: --mask needs one between the first and the last, which are left as they are.");
        foreach (var parameter in weights[1..^1]) MakeZero(parameter, share);
        network.Touch();
    }

    private static void MakeZero(Parameter parameter, double share)
    {
        var values = parameter.Value;
        var (magnitudes, places) = (new float[values.Length], new int[values.Length]);
        for (var i = 0; i < values.Length; i++) (magnitudes[i], places[i]) = (MathF.Abs(values[i]), i);
        Array.Sort(magnitudes, places);
        foreach (var place in places.AsSpan(0, (int)(share * values.Length))) values[place] = 0;
    }
}
