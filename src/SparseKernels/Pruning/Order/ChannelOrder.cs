using SparseKernels.Isa;
using SparseKernels.Sparsity;

namespace SparseKernels.Pruning.Order;

/// <summary>
/// Orders of a layer's output channels. Their order is free: where the next layer's input channels, and all that stands between (bias,
/// batch normalisation, a residual link's other side), are put in the same order, the network computes the same. Channels with like zeros
/// brought into one lane block make whole groups zero.
/// </summary>
public static class ChannelOrder
{
    /// <summary>
    /// An order that gathers like channels into blocks, so that more runs of a block are zero: by likeness first (Jaccard: runs that two
    /// have in common over runs that either has), then by exchanges of two channels of different blocks as long as one gains. Exchanges
    /// alone improve the present order, and the better of the two is taken: so none is worse than the present order, and where no exchange
    /// gains it stays. Convolution groups stay where they are. Deterministic; O(K²·C·R/64) for each sweep of exchanges.
    /// </summary>
    /// <param name="masks">
    /// The weights that are left; of their groups' runs (see <see cref="CoarseGroup"/>) those of single output channels are compared.
    /// Several are of layers whose output channels share one order, as those of the layers that add to a residual stream do.
    /// </param>
    /// <param name="block">Channels of a block; 16, a lane block, by default.</param>
    /// <returns><c>[K]</c>: the old channel at each new place.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="masks"/> is or has null.</exception>
    /// <exception cref="ArgumentException">There is none, or they differ in output channels or convolution groups.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="block"/> is under 1.</exception>
    public static int[] Gather(IReadOnlyList<WeightPattern> masks, int block = LaneBlock.Size)
    {
        ArgumentNullException.ThrowIfNull(masks);
        ArgumentOutOfRangeException.ThrowIfLessThan(block, 1);
        if (masks.Count == 0) throw new ArgumentException("masks must have at least one, got none.", nameof(masks));
        foreach (var mask in masks) ArgumentNullException.ThrowIfNull(mask, nameof(masks));
        var first = masks[0].Shape;
        if (masks.FirstOrDefault(mask => mask.Shape.K != first.K || mask.Shape.Groups != first.Groups) is { } other)
            throw new ArgumentException($"masks must agree in output channels and groups, got {first.K} in {first.Groups} and {other.Shape.K} in {other.Shape.Groups}.", nameof(masks));
        var runs = new LiveRuns(masks);
        int[] present = [.. Enumerable.Range(0, first.K)];
        var (kept, gathered) = (new ChannelBlocks(runs, present, block), new ChannelBlocks(runs, ChannelLikeness.Order(runs, block), block));
        kept.Exchange();
        gathered.Exchange();
        return (gathered.WeightsInLiveRuns < kept.WeightsInLiveRuns ? gathered : kept).Order;
    }

    /// <summary>
    /// Puts output channels in another order: <c>to[i, …] = from[order[i], …]</c>. Serves weights, their momenta, biases and statistics.
    /// </summary>
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
    /// <param name="from">
    /// <c>[K, C, …]</c>, row-major. A fully connected layer on flattened channels of H·W pixels is <c>[K, C, H, W]</c>.
    /// </param>
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

    private static void Permute<T>(ReadOnlySpan<T> from, ReadOnlySpan<int> order, Span<T> to)
    {
        var length = from.Length / order.Length;
        for (var i = 0; i < order.Length; i++) from.Slice(order[i] * length, length).CopyTo(to[(i * length)..]);
    }

    private static void Check<T>(ReadOnlySpan<T> from, ReadOnlySpan<int> order, Span<T> to, int rows)
    {
        CheckOrder(order);
        if (from.Length == 0 || from.Length % ((long)rows * order.Length) != 0)
            throw new ArgumentException(
                $"from must have a multiple of {(long)rows * order.Length} elements, got {from.Length}.", nameof(from));
        if (to.Length != from.Length)
            throw new ArgumentException($"to must have {from.Length} elements as from has, got {to.Length}.", nameof(to));
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
