using SparseKernels.Training.Networks;

namespace SparseKernels.Bench.Learning;

/// <summary>
/// Whether two training steps from one state on the same images did the same: the loss, and how each tensor of the state moved.
/// Steps are compared one at a time, because the difference of several is chaotic. A step of resnet20 on 64 images feeds 12 million
/// values to ReLUs. A few of them are so close to zero that rounding decides their sign, which changes gradients by up to a
/// hundredth. The next steps enlarge that: the third loss moves by up to a thousandth when half of the first weights are one unit
/// in the last place larger, in double precision too.
/// </summary>
internal static class StepAgreement
{
    private const string Bias = ".bias", Mean = ".running_mean";

    /// <summary>Images from which on the effect of one sign is a small one.</summary>
    private const int ManyImages = 8;

    /// <summary>Largest relative difference of losses: one forward pass has rounded. Seen: 4e-7.</summary>
    private const double LossTolerance = 1e-5;

    /// <summary>The same of a running statistic's move, which comes from the forward pass too. Seen: 6e-6.</summary>
    private const double StatisticTolerance = 1e-4;

    /// <summary>The same of a parameter's move, where rounding decided some signs. Seen: 1.2e-2.</summary>
    private const double ParameterTolerance = 0.05;

    /// <summary>
    /// Normalisations, each of which hands on what the signs above it did, up to which those tolerances hold; they grow as the layers beyond. Seen
    /// with the 52 of mobilenet_v2: 7.6e-2.
    /// </summary>
    private const double FewNormalisations = 20;

    /// <summary>The same over fewer images, of which each sign counts for more. Seen: 2.4e-2 with two images.</summary>
    private const double FewImagesTolerance = 0.2;

    /// <summary>
    /// A bias's move over its weights' that is the least that its difference is held to: one that a batch normalisation takes away again, directly or
    /// behind the next convolution, has the gradient 0, of which either side has its rounding.
    /// </summary>
    private const double LeastOfWeights = 1e-3;

    /// <summary>
    /// A running mean's move over the running deviation that is the least that its difference is held to: behind a linear layer of normalised
    /// values, a mean is 0 up to rounding.
    /// </summary>
    private const double LeastOfDeviation = 1e-2;

    /// <summary>Compares.</summary>
    /// <param name="what">What the message begins with: model and step.</param>
    /// <param name="network">Whose state it is.</param>
    /// <param name="start">The state before, the same for both.</param>
    /// <param name="actual">Our loss and state after the step.</param>
    /// <param name="expected">The other's.</param>
    /// <param name="other">Who the other is.</param>
    /// <exception cref="InvalidDataException">They differ by more than rounding, or a value is not a number.</exception>
    public static void Check(
        string what, Network network, float[][] start, (double Loss, float[][] State) actual, (double Loss, float[][] State) expected,
        string other)
    {
        // Written so that NaN on either side fails.
        if (!(Math.Abs(actual.Loss - expected.Loss) <= LossTolerance * Math.Abs(expected.Loss)))
            throw new InvalidDataException($"{what}: the loss is {actual.Loss:G7} in ours and {expected.Loss:G7} in {other}.");
        var normalisations = network.State.Count(tensor => tensor.Name.EndsWith(Mean, StringComparison.Ordinal));
        var parameterTolerance = (network.Batch < ManyImages ? FewImagesTolerance : ParameterTolerance) * Math.Max(1, normalisations / FewNormalisations);
        for (var i = 0; i < start.Length; i++)
        {
            var apart = Apart(start[i], actual.State[i], expected.State[i], LeastMove(network, i, start, expected.State));
            var tolerance = i < network.Parameters.Count ? parameterTolerance : StatisticTolerance;
            if (!(apart <= tolerance))
            {
                throw new InvalidDataException(
                    $"{what}: {network.State[i].Name} moves otherwise in ours than in {other}, "
                    + $"by {apart:G3} of its move there; {tolerance:G3} is allowed.");
            }
        }
    }

    /// <summary>The norm that a tensor's difference is held to where the tensor moves by less.</summary>
    private static double LeastMove(Network network, int tensor, float[][] start, float[][] expected)
    {
        if (Beside(network, tensor, Bias, ".weight") is { } weights) return LeastOfWeights * Math.Sqrt(Squares(expected[weights], start[weights]));
        return Beside(network, tensor, Mean, ".running_var") is { } variance
            ? LeastOfDeviation * Math.Sqrt(expected[variance].Sum(value => (double)value))
            : 0;
    }

    /// <summary>Where the tensor stands in the state that differs from a given one in its ending alone; null if the given one ends otherwise.</summary>
    private static int? Beside(Network network, int tensor, string ending, string other)
    {
        var name = network.State[tensor].Name;
        if (!name.EndsWith(ending, StringComparison.Ordinal)) return null;
        for (var i = 0; i < network.State.Count; i++)
        {
            if (network.State[i].Name == $"{name[..^ending.Length]}{other}") return i;
        }

        return null;
    }

    /// <summary>‖actual − expected‖ / ‖expected − start‖, the latter no less than a given norm; 0 where nothing moves in either.</summary>
    private static double Apart(float[] start, float[] actual, float[] expected, double least)
    {
        var difference = Squares(actual, expected);
        return difference == 0 ? 0 : Math.Sqrt(difference) / Math.Max(least, Math.Sqrt(Squares(expected, start)));
    }

    /// <summary>‖a − b‖².</summary>
    private static double Squares(float[] a, float[] b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++) sum += Square((double)a[i] - b[i]);
        return sum;
    }

    private static double Square(double value) => value * value;
}
