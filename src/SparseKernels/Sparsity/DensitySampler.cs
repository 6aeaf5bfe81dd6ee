using System.Numerics;
using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Sparsity;

/// <summary>
/// Estimates densities from blocks of 16 elements spread evenly over an operand. Which ones follows from the sizes alone, so that the same
/// operand always gives the same estimate.
/// </summary>
internal static unsafe class DensitySampler
{
    private const int Block = LaneBlock.Size;

    /// <summary>The golden ratio's fraction: its multiples spread evenly over an interval, however many are taken.</summary>
    private const double Spread = 0.6180339887498949;

    /// <summary>
    /// How far on the next block of channels begins its samples, so that all of them don't look at the same pixels: no simple fraction.
    /// </summary>
    private const double NextStart = 0.37;

    /// <summary>
    /// Blocks sampled at least of each block of channels: fewer would not tell a dead channel from one that is often zero.
    /// </summary>
    private const int FewestPerChannelBlock = 8;

    /// <summary>Runs of weights looked at before more are: their cache misses are most of what an estimate costs.</summary>
    private const int FewRuns = 32;

    /// <summary>Density of those above which no kernel gains from zeros.</summary>
    private const double HardlyAnyZeros = 0.9;

    /// <summary>Density of x or dy; its runs are channels.</summary>
    /// <param name="view">The tensor.</param>
    /// <param name="images">Images N.</param>
    /// <param name="blocks">Blocks of 16 elements to look at, about.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static OperandDensity OfImages(in ImageView view, int images, int blocks)
    {
        if (view.IsBatchBlocked) return OfBatches(in view, images, blocks);
        if (!view.Blocked) return OfPlanes(in view, images, blocks);
        var channelBlocks = LaneBlock.Count(view.C);
        var pixels = (long)view.H * view.W;
        var each = (int)Math.Min(Math.Max(FewestPerChannelBlock, blocks / channelBlocks), images * pixels);
        var (nonZeros, alive) = (0L, 0);
        for (var block = 0; block < channelBlocks; block++)
        {
            var seen = 0u;
            for (var i = 0; i < each; i++)
            {
                var pixel = Position(i, block, images * pixels);
                var bits = NonZeroBits.Of(view.Row((int)(pixel / pixels), block * Block, 0) + pixel % pixels * Block);
                seen |= bits;
                nonZeros += BitOperations.PopCount(bits);
            }

            alive += BitOperations.PopCount(seen);
        }

        return Density((double)nonZeros / ((long)each * view.C), (double)alive / view.C, each);
    }

    /// <summary>Density of a mask; its runs are a pixel's blocks of 16 channels.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="blocks">Blocks of 16 elements to look at.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static OperandDensity OfMask(FineMask mask, int blocks)
    {
        var words = mask.Words;
        blocks = Math.Min(Math.Max(blocks, FewestPerChannelBlock), words.Length);
        var (wanted, alive) = (0L, 0);
        for (var i = 0; i < blocks; i++)
        {
            var word = words[(int)Position(i, 0, words.Length)];
            wanted += BitOperations.PopCount(word);
            if (word != 0) alive++;
        }

        var lanes = (double)mask.C / LaneBlock.Count(mask.C);
        return new(Math.Min(1, wanted / (blocks * lanes)), (double)alive / blocks);
    }

    /// <summary>
    /// Density of weights <c>[K, C/Groups, R, S]</c>; their runs are as in <see cref="CoarseGroup.Default"/>, over a pass's output
    /// channels.
    /// </summary>
    /// <param name="weights">The weights.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="forward">Whether the pass's output channels are K, not C.</param>
    /// <param name="runs">Runs to look at; few of them where those show that there are hardly any zeros.</param>
    public static OperandDensity OfWeights(float* weights, ConvolutionShape shape, bool forward, int runs)
    {
        if (runs <= FewRuns) return OfRuns(weights, shape, forward, runs);
        var first = OfRuns(weights, shape, forward, FewRuns);
        return first.Fine > HardlyAnyZeros ? first : OfRuns(weights, shape, forward, runs);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static OperandDensity OfRuns(float* weights, ConvolutionShape shape, bool forward, int runs)
    {
        var rs = shape.R * shape.S;
        var (outputs, inputs, outStep, inStep) = forward
            ? (shape.GroupK, shape.GroupC, shape.GroupC * rs, rs)
            : (shape.GroupC, shape.GroupK, rs, shape.GroupC * rs);
        var blocks = LaneBlock.Count(outputs);
        var all = (long)shape.Groups * blocks * inputs * shape.R;
        var count = (int)Math.Min(runs, all);
        var (elements, nonZeros, alive) = (0L, 0L, 0);
        for (var i = 0; i < count; i++)
        {
            var rest = all == count ? i : Position(i, 0, all);
            var r = (int)(rest % shape.R);
            rest /= shape.R;
            var c = (int)(rest % inputs);
            rest /= inputs;
            var first = (int)(rest % blocks) * Block;
            var lanes = Math.Min(Block, outputs - first);
            var from = weights + (rest / blocks * outputs * inputs * rs) + ((nint)first * outStep) + ((nint)c * inStep) + (r * shape.S);
            var live = 0;
            for (var lane = 0; lane < lanes; lane++, from += outStep)
            {
                for (var s = 0; s < shape.S; s++) live += from[s] != 0 ? 1 : 0;
            }

            elements += lanes * shape.S;
            nonZeros += live;
            if (live != 0) alive++;
        }

        return new((double)nonZeros / elements, (double)alive / count);
    }

    /// <summary>The same where a block of 16 is 16 images of one channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static OperandDensity OfBatches(in ImageView view, int images, int blocks)
    {
        var positions = (long)LaneBlock.Count(images) * view.H * view.W;
        var channels = Math.Min(view.C, blocks);
        var each = (int)Math.Min(Math.Max(1, blocks / channels), positions);
        var (nonZeros, elements, alive) = (0L, 0L, 0);
        for (var i = 0; i < channels; i++)
        {
            var c = (int)((long)view.C * i / channels);
            var seen = 0u;
            for (var j = 0; j < each; j++)
            {
                var position = Position(j, i, positions);
                var (n, pixel) = ((int)(position / view.H / view.W) * Block, (int)(position % ((long)view.H * view.W)));
                var bits = NonZeroBits.Of(view.Row(n, c, pixel / view.W) + (nint)(pixel % view.W) * Block);
                seen |= bits;
                nonZeros += BitOperations.PopCount(bits);
                elements += Math.Min(Block, images - n);
            }

            if (seen != 0) alive++;
        }

        return Density((double)nonZeros / elements, (double)alive / channels, each * Math.Min(Block, images));
    }

    /// <summary>The same where a block of 16 is as many pixels of a row of one channel, as in planar and plain tensors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static OperandDensity OfPlanes(in ImageView view, int images, int blocks)
    {
        var width = Math.Min(Block, view.W);
        var (rows, columns) = ((long)images * view.H, view.W - width + 1);
        var channels = Math.Min(view.C, blocks);
        var fewest = (FewestPerChannelBlock + width - 1) / width;
        var each = (int)Math.Min(Math.Max(fewest, blocks / channels), rows * columns);
        var (nonZeros, alive) = (0L, 0);
        for (var i = 0; i < channels; i++)
        {
            var c = (int)((long)view.C * i / channels);
            var seen = 0;
            for (var j = 0; j < each; j++)
            {
                var position = Position(j, i, rows * columns);
                var (row, column) = (position / columns, (nint)(position % columns));
                var from = view.Row((int)(row / view.H), c, (int)(row % view.H)) + column;
                seen += width == Block ? BitOperations.PopCount(NonZeroBits.Of(from)) : NonZerosOf(from, width);
            }

            nonZeros += seen;
            if (seen != 0) alive++;
        }

        return Density((double)nonZeros / ((long)channels * each * width), (double)alive / channels, each * width);
    }

    private static int NonZerosOf(float* from, int count)
    {
        var nonZeros = 0;
        for (var i = 0; i < count; i++) nonZeros += from[i] != 0 ? 1 : 0;
        return nonZeros;
    }

    private static long Position(int i, int start, long length)
    {
        var turn = ((i + 1) * Spread) + (start * NextStart);
        return (long)((turn - Math.Floor(turn)) * length);
    }

    /// <summary>
    /// A live channel may have shown no non-zero in its samples by chance: with the density of live channels that chance is known.
    /// </summary>
    private static OperandDensity Density(double fine, double alive, int samples)
    {
        if (alive == 0) return new(0, 0);
        var missed = Math.Pow(1 - Math.Min(1, fine / alive), samples);
        return new(fine, Math.Min(1, alive / (1 - missed)));
    }
}
