using Xunit;

namespace SparseKernels.TestSupport;

/// <summary>Element-wise assertions that say how many elements differ and which is the first.</summary>
internal static class Expect
{
    /// <summary>Every element equals its expected value; −0 equals 0, and NaN equals NaN.</summary>
    public static void Equal(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what) =>
        Close(expected, actual, [], what);

    /// <summary>Every element has the very bits expected.</summary>
    public static void SameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: expected {expected.Length} elements, got {actual.Length}");
        for (var i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToUInt32Bits(expected[i]) != BitConverter.SingleToUInt32Bits(actual[i]))
                Assert.Fail($"{what}: bits differ first at element {i}: expected {expected[i]:G9}, got {actual[i]:G9}");
        }
    }

    /// <summary>Every element lies within its own tolerance of its expected value; no tolerances means exact equality.</summary>
    public static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, ReadOnlySpan<double> tolerance, string what)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: expected {expected.Length} elements, got {actual.Length}");
        var (wrong, first) = (0, -1);
        for (var i = 0; i < expected.Length; i++)
        {
            // The comparison is made so that a NaN on one side alone counts as wrong.
            var allowed = tolerance.IsEmpty ? 0 : tolerance[i];
            if (expected[i].Equals(actual[i]) || Math.Abs((double)expected[i] - actual[i]) <= allowed) continue;
            if (wrong++ == 0) first = i;
        }

        if (wrong == 0) return;
        var permitted = tolerance.IsEmpty ? "exactly" : $"within {tolerance[first]:G3}";
        Assert.Fail($"{what}: {wrong} of {expected.Length} elements are wrong, first element {first}: expected {expected[first]:G9} {permitted}, got {actual[first]:G9}");
    }
}
