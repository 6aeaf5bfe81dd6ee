using System.Numerics;

namespace SparseKernels.Pruning;

/// <summary>
/// Orders of a layer's output channels. Their order is free: where the next layer's input channels, and all that stands between (bias, batch
/// normalisation, a residual link's other side), are put in the same order, the network computes the same. Channels with like zeros brought into one
/// lane block make whole groups zero.
/// </summary>
public static class ChannelOrder
{
    /// <summary>
    /// An order that gathers like channels into blocks, greedily: a block starts with the fullest channel left, and takes one after another the channel whose
    /// live runs are most like the block's (Jaccard: runs that both have over runs that either has; of equals the one that adds fewest, then the
    /// first). Convolution groups stay where they are. Deterministic; O(K²·C·R/64).
    /// </summary>
    /// <param name="mask">The weights that are left; its group's runs (see <see cref="CoarseGroup"/>) of single output channels are compared.</param>
    /// <param name="block">Channels of a block; 16, a lane block, by default.</param>
    /// <returns><c>[K]</c>: the old channel at each new place.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="mask"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="block"/> is under 1.</exception>
    public static int[] Gather(WeightPattern mask, int block = BlockedTensor.Block)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentOutOfRangeException.ThrowIfLessThan(block, 1);
        var live = LiveRuns(mask);
        var order = new List<int>(mask.Shape.K);
        for (var group = 0; group < mask.Shape.Groups; group++)
        {
            var left = Enumerable.Range(group * mask.Shape.GroupK, mask.Shape.GroupK).ToList();
            while (left.Count > 0) TakeBlock(live, left, order, Math.Min(left.Count, block - order.Count % block));
        }

        return [.. order];
    }

    /// <summary>Puts output channels in another order: <c>to[i, …] = from[order[i], …]</c>. Serves weights, their momenta, biases and statistics.</summary>
    /// <typeparam name="T">An element.</typeparam>
    /// <param name="from"><c>[K, …]</c>, row-major.</param>
    /// <param name="order"><c>[K]</c>: the old channel at each new place.</param>
    /// <param name="to">As large; must not overlap.</param>
    /// <exception cref="ArgumentException">The order is none, lengths don't fit, or the two overlap.</exception>
    public static void PermuteOutputs<T>(ReadOnlySpan<T> from, ReadOnlySpan<int> order, Span<T> to)
    {
        Check(from, order, to, rows: 1);
        Permute(from, order, to);
    }

    /// <summary>Puts input channels in another order: <c>to[k, i, …] = from[k, order[i], …]</c>.</summary>
    /// <typeparam name="T">An element.</typeparam>
    /// <param name="from"><c>[K, C, …]</c>, row-major. A fully connected layer on flattened channels of H·W pixels is <c>[K, C, H, W]</c>.</param>
    /// <param name="outputs">K.</param>
    /// <param name="order"><c>[C]</c>: the old channel at each new place.</param>
    /// <param name="to">As large; must not overlap.</param>
    /// <exception cref="ArgumentException">The order is none, lengths don't fit, or the two overlap.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="outputs"/> is under 1.</exception>
    public static void PermuteInputs<T>(ReadOnlySpan<T> from, int outputs, ReadOnlySpan<int> order, Span<T> to)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        Check(from, order, to, outputs);
        var row = from.Length / outputs;
        for (var k = 0; k < outputs; k++) Permute(from.Slice(k * row, row), order, to.Slice(k * row, row));
    }

    /// <summary>The order that undoes an order.</summary>
    /// <param name="order"><c>[K]</c>.</param>
    /// <returns><c>[K]</c>.</returns>
    /// <exception cref="ArgumentException">It is no order.</exception>
    public static int[] Inverse(ReadOnlySpan<int> order)
    {
        CheckOrder(order);
        var inverse = new int[order.Length];
        for (var i = 0; i < order.Length; i++) inverse[order[i]] = i;
        return inverse;
    }

    private static void TakeBlock(ulong[][] live, List<int> left, List<int> order, int count)
    {
        var first = left.MaxBy(k => Count(live[k]));
        var union = (ulong[])live[first].Clone();
        Take(first);
        for (var i = 1; i < count; i++)
        {
            var best = left.MinBy(k => (-Likeness(live[k], union), Added(live[k], union)));
            for (var word = 0; word < union.Length; word++) union[word] |= live[best][word];
            Take(best);
        }

        void Take(int k)
        {
            order.Add(k);
            left.Remove(k);
        }
    }

    private static int Count(ulong[] bits) => bits.Sum(BitOperations.PopCount);

    private static int Added(ulong[] bits, ulong[] union)
    {
        var added = 0;
        for (var word = 0; word < bits.Length; word++) added += BitOperations.PopCount(bits[word] & ~union[word]);
        return added;
    }

    private static double Likeness(ulong[] bits, ulong[] union)
    {
        var (both, either) = (0, 0);
        for (var word = 0; word < bits.Length; word++)
        {
            both += BitOperations.PopCount(bits[word] & union[word]);
            either += BitOperations.PopCount(bits[word] | union[word]);
        }

        return either == 0 ? 1 : (double)both / either;
    }

    /// <summary>A bit for each run of each output channel.</summary>
    private static ulong[][] LiveRuns(WeightPattern mask)
    {
        var runOf = mask.Runs.RunOf;
        var live = new ulong[mask.Shape.K][];
        for (var k = 0; k < live.Length; k++)
        {
            live[k] = new ulong[(mask.Runs.Runs + 63) / 64];
            var (start, end) = (k * runOf.Length, (k + 1) * runOf.Length);
            for (var i = mask.NextLive(start, end); i < end; i = mask.NextLive(i + 1, end)) live[k][runOf[i - start] / 64] |= 1UL << (runOf[i - start] % 64);
        }

        return live;
    }

    private static void Permute<T>(ReadOnlySpan<T> from, ReadOnlySpan<int> order, Span<T> to)
    {
        var length = from.Length / order.Length;
        for (var i = 0; i < order.Length; i++) from.Slice(order[i] * length, length).CopyTo(to[(i * length)..]);
    }

    private static void Check<T>(ReadOnlySpan<T> from, ReadOnlySpan<int> order, Span<T> to, int rows)
    {
        CheckOrder(order);
        if (from.Length == 0 || from.Length % ((long)rows * order.Length) != 0)
            throw new ArgumentException($"from must have a multiple of {(long)rows * order.Length} elements, got {from.Length}.", nameof(from));
        if (to.Length != from.Length) throw new ArgumentException($"to must have {from.Length} elements as from has, got {to.Length}.", nameof(to));
        if (from.Overlaps(to)) throw new ArgumentException("to must not overlap from.", nameof(to));
    }

    private static void CheckOrder(ReadOnlySpan<int> order)
    {
        var seen = new bool[order.Length];
        foreach (var channel in order)
        {
            if ((uint)channel >= (uint)order.Length || seen[channel])
                throw new ArgumentException($"order must hold each channel from 0 to {order.Length - 1} once, got {channel}{((uint)channel < (uint)order.Length ? " twice" : "")}.", nameof(order));
            seen[channel] = true;
        }

        if (order.Length == 0) throw new ArgumentException("order must have a channel, got none.", nameof(order));
    }
}
