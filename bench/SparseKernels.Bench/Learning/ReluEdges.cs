using SparseKernels.Training.Networks;

namespace SparseKernels.Bench.Learning;

/// <summary>
/// Keeps normalised values from the edges of ReLUs: one that is so close that rounding decides its side changes gradients by up to a hundredth, in
/// everybody's single precision.
/// </summary>
internal static class ReluEdges
{
    /// <summary>Deviations between the mean of normalised values and an edge, 0 or 6.</summary>
    private const float Shift = 3;

    private const string Mean = ".running_mean";

    /// <summary>
    /// Shifts the values of each batch normalisation by 3 to either side, channel by channel: ReLUs pass half of the channels and drop the others,
    /// ReLU6 as well.
    /// </summary>
    /// <returns>Whether the network normalises anything.</returns>
    public static bool Avoid(Network network)
    {
        var means = network.State.Where(tensor => tensor.Name.EndsWith(Mean, StringComparison.Ordinal)).ToArray();
        foreach (var mean in means)
        {
            var bias = network.Parameters.Single(parameter => parameter.Name == $"{mean.Name[..^Mean.Length]}.bias");
            for (var i = 0; i < bias.Value.Length; i++) bias.Value[i] = i % 2 == 0 ? Shift : -Shift;
        }

        network.Touch();
        return means.Length > 0;
    }
}
