namespace SparseKernels.Bench.Measuring;

/// <summary>Whether two implementations computed the same thing, before either is timed.</summary>
internal static class Agreement
{
    /// <summary>
    /// Largest difference over the root mean square of the expected values. Rounding grows as the root of the number of terms;
    /// the bound is 16 times the expected error of a plain sum of that many random products.
    /// </summary>
    /// <param name="terms">Products that one value sums.</param>
    public static double Tolerance(long terms) => 1e-5 + 16 * Math.Sqrt(terms) * Math.ScaleB(1, -24);

    /// <summary>Compares.</summary>
    /// <param name="what">What the message names: layer and pass.</param>
    /// <param name="actual">Our values.</param>
    /// <param name="expected">The other's values.</param>
    /// <param name="terms">Products that one value sums.</param>
    /// <exception cref="InvalidDataException">
    /// The lengths differ, or a value is off by more than <see cref="Tolerance"/>, or not a number.
    /// </exception>
    public static void Check(string what, ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, long terms)
    {
        if (actual.Length != expected.Length) throw new InvalidDataException($"{what}: {actual.Length} values against {expected.Length}.");
        double squares = 0;
        foreach (var value in expected) squares += (double)value * value;
        var scale = Math.Sqrt(squares / expected.Length);
        var bound = Tolerance(terms) * scale;
        for (var i = 0; i < actual.Length; i++)
        {
            // Written so that NaN on either side fails.
            if (!(Math.Abs((double)actual[i] - expected[i]) <= bound))
                throw new InvalidDataException(
                    $"{what}: value {i} is {actual[i]:G9} against {expected[i]:G9}, more than {bound:G3} apart.");
        }
    }
}
