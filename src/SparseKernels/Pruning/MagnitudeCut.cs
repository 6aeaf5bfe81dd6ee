using SparseKernels.Sparsity;

namespace SparseKernels.Pruning;

/// <summary>
/// Splits off the so many values of least magnitude, exactly: two counting passes over the bits of |value|, whose order as integers is that
/// of magnitudes, with NaN as the greatest. Of equal magnitudes the first ones asked for are taken, so ask once for each candidate, in
/// order.
/// </summary>
internal struct MagnitudeCut
{
    /// <summary>Walks over the candidates that finding a cut takes.</summary>
    public const int Walks = 2;

    private const int HalfBits = 16;

    private readonly uint _bits;
    private long _ties;

    private MagnitudeCut(uint bits, long ties) => (_bits, _ties) = (bits, ties);

    /// <summary>Finds the cut under which <paramref name="count"/> candidates lie; count is at most their number.</summary>
    /// <param name="sources">
    /// Values, each with the mask of its candidates and the unit that its magnitudes are measured in; 1 leaves them exact.
    /// </param>
    /// <param name="live">Whether the mask's live elements are the candidates, or its pruned ones.</param>
    /// <param name="count">How many to take.</param>
    public static MagnitudeCut Find(
        IReadOnlyList<(ReadOnlyMemory<float> Values, WeightPattern Mask, float Unit)> sources, bool live, long count)
    {
        if (count <= 0) return default;
        var high = Find(Histogram(sources, live, upper: null), count, out var before);
        var low = Find(Histogram(sources, live, high), count - before, out var beforeLow);
        return new MagnitudeCut((high << HalfBits) | low, count - before - beforeLow);
    }

    /// <summary>Whether a candidate is under the cut.</summary>
    public bool Takes(float value, float unit = 1)
    {
        var bits = BitsOf(value, unit);
        if (bits != _bits) return bits < _bits;
        return _ties-- > 0;
    }

    private static uint BitsOf(float value, float unit) => BitConverter.SingleToUInt32Bits(Math.Abs(value) / unit);

    /// <summary>Counts by the upper half of the bits, or by the lower half of those whose upper half is given.</summary>
    private static long[] Histogram(
        IReadOnlyList<(ReadOnlyMemory<float> Values, WeightPattern Mask, float Unit)> sources, bool live, uint? upper)
    {
        var counts = new long[1 << HalfBits];
        foreach (var (memory, mask, unit) in sources)
        {
            var values = memory.Span;
            for (var i = Next(mask, 0, live); i < values.Length; i = Next(mask, i + 1, live))
            {
                var bits = BitsOf(values[i], unit);
                if (upper is null) counts[bits >> HalfBits]++;
                else if (bits >> HalfBits == upper) counts[bits & 0xFFFF]++;
            }
        }

        return counts;
    }

    private static int Next(WeightPattern mask, int from, bool live) =>
        live ? mask.NextLive(from, mask.Shape.WeightLength) : mask.NextDead(from, mask.Shape.WeightLength);

    private static uint Find(long[] counts, long count, out long before)
    {
        before = 0;
        uint bin = 0;
        while (before + counts[bin] < count) before += counts[bin++];
        return bin;
    }
}
