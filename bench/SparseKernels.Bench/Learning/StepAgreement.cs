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
    /// <summary>Images from which on the effect of one sign is a small one.</summary>
    private const int ManyImages = 8;

    /// <summary>Largest relative difference of losses: one forward pass has rounded. Seen: 4e-7.</summary>
    private const double LossTolerance = 1e-5;

    /// <summary>The same of a running statistic's move, which comes from the forward pass too. Seen: 6e-6.</summary>
    private const double StatisticTolerance = 1e-4;

    /// <summary>The same of a parameter's move, where rounding decided some signs. Seen: 1.2e-2.</summary>
    private const double ParameterTolerance = 0.05;

    /// <summary>The same over fewer images, of which each sign counts for more. Seen: 2.4e-2 with two images.</summary>
    private const double FewImagesTolerance = 0.2;

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
        var parameterTolerance = network.Batch < ManyImages ? FewImagesTolerance : ParameterTolerance;
        for (var i = 0; i < start.Length; i++)
        {
            var apart = Apart(start[i], actual.State[i], expected.State[i]);
            var tolerance = i < network.Parameters.Count ? parameterTolerance : StatisticTolerance;
            if (!(apart <= tolerance))
            {
                throw new InvalidDataException(
                    $"{what}: {network.State[i].Name} moves otherwise in ours than in {other}, "
                    + $"by {apart:G3} of its move there; {tolerance:G3} is allowed.");
            }
        }
    }

    /// <summary>‖actual − expected‖ / ‖expected − start‖; 0 where nothing moves in either.</summary>
    private static double Apart(float[] start, float[] actual, float[] expected)
    {
        double difference = 0, move = 0;
        for (var i = 0; i < start.Length; i++)
        {
            difference += Square((double)actual[i] - expected[i]);
            move += Square((double)expected[i] - start[i]);
        }

        return difference == 0 ? 0 : Math.Sqrt(difference / move);
    }

    private static double Square(double value) => value * value;
}
