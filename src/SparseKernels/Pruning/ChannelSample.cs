namespace SparseKernels.Pruning;

/// <summary>
/// A share of some channels for each period: a shuffled order is dealt out in slices, and shuffled anew when it is used up. So every
/// channel comes once in ⌈1/share⌉ periods, with other companions each time. Follows from seed, stream and period alone.
/// </summary>
internal static class ChannelSample
{
    /// <summary>The channels of a period, ascending: share·count of them, rounded up, and at least two if there are two.</summary>
    public static int[] Of(int count, double share, ulong seed, ulong stream, long period)
    {
        var size = Math.Min(count, Math.Max(2, (int)Math.Ceiling(share * count)));
        var slices = (count + size - 1) / size;
        var order = Shuffled(count, new SplitMix64(seed, stream, (ulong)(period / slices)));
        var first = (int)(period % slices) * size;
        var sample = new int[size];
        for (var i = 0; i < size; i++) sample[i] = order[(first + i) % count];
        Array.Sort(sample);
        return sample;
    }

    /// <summary>All numbers under a count, shuffled.</summary>
    public static int[] Shuffled(int count, SplitMix64 random)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++) order[i] = i;
        for (var i = count - 1; i > 0; i--)
        {
            var j = random.NextInt(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }
}
