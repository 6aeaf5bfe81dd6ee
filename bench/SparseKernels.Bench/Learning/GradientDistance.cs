using SparseKernels.Training.Networks;

namespace SparseKernels.Bench.Learning;

/// <summary>How far gradients are from the same in double precision.</summary>
/// <param name="All">‖g − g₆₄‖ / ‖g₆₄‖ over all parameters at once.</param>
/// <param name="Worst">The same of the parameter for which it is largest.</param>
/// <param name="Name">That parameter.</param>
internal readonly record struct GradientDistance(double All, double Worst, string Name)
{
    private const string Bias = ".bias";

    /// <summary>
    /// Compares. A bias before a batch normalisation has the gradient 0, of which everybody has rounding: biases are held to no less than the norm
    /// of their weights' gradient.
    /// </summary>
    /// <param name="network">Whose parameters they are.</param>
    /// <param name="gradients">Their gradients, parameter by parameter.</param>
    /// <param name="precise">Those in double precision.</param>
    public static GradientDistance Of(Network network, IReadOnlyList<double[]> gradients, IReadOnlyList<double[]> precise)
    {
        var names = network.Parameters.Select((parameter, i) => (parameter.Name, i)).ToDictionary(pair => pair.Name, pair => pair.i);
        var (difference, whole, worst, name) = (0.0, 0.0, 0.0, "");
        for (var i = 0; i < precise.Count; i++)
        {
            var parameter = network.Parameters[i].Name;
            var (apart, norm) = (Squares(gradients[i], precise[i]), Squares(precise[i]));
            (difference, whole) = (difference + apart, whole + norm);
            var scale = norm;
            if (parameter.EndsWith(Bias, StringComparison.Ordinal) && names.TryGetValue($"{parameter[..^Bias.Length]}.weight", out var weights))
                scale = Math.Max(scale, Squares(precise[weights]));
            var own = apart == 0 ? 0 : Math.Sqrt(apart / scale);
            if (own <= worst) continue;
            (worst, name) = (own, parameter);
        }

        return new(Math.Sqrt(difference / whole), worst, name);
    }

    /// <summary>‖a − b‖ / ‖b‖.</summary>
    public static double Of(double[] values, double[] precise) => Math.Sqrt(Squares(values, precise) / Squares(precise));

    private static double Squares(double[] a, double[]? b = null)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            var value = b is null ? a[i] : a[i] - b[i];
            sum += value * value;
        }

        return sum;
    }
}
