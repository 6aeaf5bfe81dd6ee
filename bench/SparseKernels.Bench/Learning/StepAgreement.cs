using SparseKernels.Training.Networks;

namespace SparseKernels.Bench.Learning;

/// <summary>
/// Whether a training step from one state on the same images did what it should: the loss, and how each tensor of the state moved, held to the same
/// step of libtorch in double precision. Ours must be about as near to it as libtorch's own steps in single precision, which round as much:
/// values so close to a ReLU's edge, or to another of a maximum, that rounding decides between them change gradients by up to a hundredth, in
/// either. Whether one step meets such a value is chance, so there are several of libtorch's, of images nudged by about as much as values round.
/// Steps are compared one at a time, because the difference of several is chaotic.
/// </summary>
internal static class StepAgreement
{
    /// <summary>
    /// Ours may be so many times as far from double precision as libtorch's farthest tensor of its kind: with few images it is chance which side
    /// has more values that rounding takes over a ReLU's edge, and ratios of up to 5 were seen where kernels agree to seven digits.
    /// </summary>
    public const double Factor = 8;

    private const string Bias = ".bias", Mean = ".running_mean";

    /// <summary>
    /// What a bias's move over its weights' is at least held to: one that a batch normalisation takes away again, directly or behind the next
    /// convolution, has the gradient 0, of which either side has its rounding.
    /// </summary>
    private const double LeastOfWeights = 1e-3;

    /// <summary>
    /// A running mean's move over the running deviation that is the least that its difference is held to: behind a linear layer of normalised
    /// values, a mean is 0 up to rounding.
    /// </summary>
    private const double LeastOfDeviation = 1e-2;

    private static readonly Tolerance s_loss = new(1e-6, 1e-4), s_statistic = new(1e-3, 1e-2), s_parameter = new(1e-4, 0.5);

    /// <summary>Compares.</summary>
    /// <param name="what">What the message begins with: model and step.</param>
    /// <param name="network">Whose state it is.</param>
    /// <param name="start">The state before, the same for all.</param>
    /// <param name="actual">Our loss and state after the step.</param>
    /// <param name="expected">What they are held to.</param>
    /// <param name="peers">Libtorch's in single precision; none where it isn't there.</param>
    /// <exception cref="InvalidDataException">They differ by more than rounding, or a value is not a number.</exception>
    public static void Check(string what, Network network, float[][] start, StepOutcome actual, StepReference expected, IReadOnlyList<StepOutcome> peers)
    {
        double Lost(StepOutcome step) => Math.Abs(step.Loss - expected.Loss) / Math.Abs(expected.Loss);
        s_loss.Check($"{what}: the loss", Lost(actual), peers.Count == 0 ? null : peers.Max(Lost), expected.Name);
        double[] least = [.. start.Select((_, i) => LeastMove(network, i, start, expected.State))];
        double[] Apart(StepOutcome step) => [.. start.Select((from, i) => StepAgreement.Apart(from, step.State[i], expected.State[i], least[i]))];
        var (ours, theirs) = (Apart(actual), peers.Select(Apart).ToArray());
        var parameters = network.Parameters.Count;
        for (var i = 0; i < start.Length; i++)
        {
            var (tolerance, kind) = i < parameters ? (s_parameter, ..parameters) : (s_statistic, parameters..);
            tolerance.Check($"{what}: the move of {network.State[i].Name}", ours[i], theirs.Length == 0 ? null : theirs.Max(peer => peer[kind].Max()), expected.Name);
        }
    }

    /// <summary>The norm that a tensor's difference is held to where the tensor moves by less.</summary>
    private static double LeastMove(Network network, int tensor, float[][] start, double[][] expected)
    {
        if (Beside(network, tensor, Bias, ".weight") is { } weights) return LeastOfWeights * Math.Sqrt(Squares(start[weights], expected[weights]));
        return Beside(network, tensor, Mean, ".running_var") is { } variance
            ? LeastOfDeviation * Math.Sqrt(expected[variance].Sum())
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
    private static double Apart(float[] start, float[] actual, double[] expected, double least)
    {
        var difference = Squares(actual, expected);
        return difference == 0 ? 0 : Math.Sqrt(difference) / Math.Max(least, Math.Sqrt(Squares(start, expected)));
    }

    /// <summary>‖a − b‖².</summary>
    private static double Squares(float[] a, double[] b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }

    /// <summary>How far a figure may be from double precision.</summary>
    /// <param name="Floor">What is allowed beside what libtorch's own rounding allows.</param>
    /// <param name="Most">What is allowed at most, and where libtorch isn't there; libtorch itself must be as near, else it says nothing.</param>
    private readonly record struct Tolerance(double Floor, double Most)
    {
        /// <summary>Throws unless the figure is near enough; written so that NaN on either side fails.</summary>
        public void Check(string what, double ours, double? theirs, string other)
        {
            if (theirs is { } peer && !(peer <= Most))
                throw new InvalidDataException($"{what}: libtorch in single precision is {peer:G3} away from {other}; over {Most:G3} there is nothing to compare with.");
            var allowed = Math.Min(Most, theirs is null ? Most : (Factor * theirs.Value) + Floor);
            if (ours <= allowed) return;
            var reason = theirs is null ? "" : $", {Factor:G3} times libtorch's farthest in single precision, {theirs:G3}, and {Floor:G3}";
            throw new InvalidDataException($"{what} is otherwise in ours than in {other}, by {ours:G3} of it; {allowed:G3} is allowed{reason}.");
        }
    }
}
