using System.Numerics;
using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Sparsity;

/// <summary>
/// A bitmap over the elements of a tensor <c>[N, C, H, W]</c>: bit set where an element is non-zero, or wanted. One 16-bit word for
/// each pixel and block of 16 channels, words in the order of a channel-blocked <see cref="BlockedTensor"/>; bit i of a word is channel
/// i of its block. Bits past the last channel are clear.
/// </summary>
/// <remarks>−0 counts as zero, NaN as non-zero.</remarks>
public sealed unsafe class FineMask
{
    private const int Block = LaneBlock.Size;

    private readonly ushort[] _words;

    /// <summary>Makes a mask with every element's bit clear.</summary>
    /// <param name="n">Images.</param>
    /// <param name="c">Channels.</param>
    /// <param name="h">Height.</param>
    /// <param name="w">Width.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A size is under 1, or there are more than <see cref="int.MaxValue"/> elements.
    /// </exception>
    public FineMask(int n, int c, int h, int w)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(c, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(h, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(w, 1);
        var length = (Int128)n * LaneBlock.Count(c) * Block * h * w;
        if (length > int.MaxValue)
            throw new ArgumentOutOfRangeException(
                nameof(n), $"[{n}, {c}, {h}, {w}] in blocks of 16 has {length} elements; at most {int.MaxValue} are supported.");
        (N, C, H, W) = (n, c, h, w);
        _words = GC.AllocateArray<ushort>((int)(length / Block), pinned: true);
    }

    /// <summary>Images.</summary>
    public int N { get; }

    /// <summary>Channels.</summary>
    public int C { get; }

    /// <summary>Height.</summary>
    public int H { get; }

    /// <summary>Width.</summary>
    public int W { get; }

    /// <summary>The words, <c>[N, ⌈C/16⌉, H, W]</c>.</summary>
    public Span<ushort> Words => _words;

    /// <summary>Elements whose bit is set.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            foreach (var word in _words) count += BitOperations.PopCount(word);
            return count;
        }
    }

    /// <summary>Share of elements whose bit is set, 0 to 1.</summary>
    public double Density => (double)Count / ((double)N * C * H * W);

    /// <summary>The first word; the array is pinned.</summary>
    internal ushort* Pointer => (ushort*)Unsafe.AsPointer(ref _words[0]);

    /// <summary>One element's bit.</summary>
    /// <param name="n">Image.</param>
    /// <param name="c">Channel.</param>
    /// <param name="h">Row.</param>
    /// <param name="w">Column.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside the tensor.</exception>
    public bool this[int n, int c, int h, int w]
    {
        get => (_words[WordOf(n, c, h, w)] >> (c % Block) & 1) != 0;
        set
        {
            ref var word = ref _words[WordOf(n, c, h, w)];
            var bit = 1 << (c % Block);
            word = (ushort)(value ? word | bit : word & ~bit);
        }
    }

    /// <summary>Takes the non-zeros of a tensor, in one vectorised pass.</summary>
    /// <param name="tensor"><c>[N, C, H, W]</c>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <exception cref="ArgumentException">Its sizes differ.</exception>
    /// <exception cref="ObjectDisposedException">The tensor is disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Update(BlockedTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if ((tensor.N, tensor.C, tensor.H, tensor.W) != (N, C, H, W))
            throw new ArgumentException($"tensor must be [{N}, {C}, {H}, {W}], got [{tensor.N}, {tensor.C}, {tensor.H}, {tensor.W}].", nameof(tensor));
        if (tensor.Layout == BlockedLayout.BatchBlocked) UpdateByImages(ImageView.Of(tensor));
        else if (tensor.Layout == BlockedLayout.Planar) UpdateByPixels(ImageView.Of(tensor));
        else UpdateByChannels(tensor.Pointer);
        GC.KeepAlive(tensor);
    }

    /// <summary>Takes the non-zeros of a plain tensor.</summary>
    /// <param name="tensor"><c>[N, C, H, W]</c>, row-major.</param>
    /// <exception cref="ArgumentException">Its length differs.</exception>
    public void Update(ReadOnlySpan<float> tensor)
    {
        if (tensor.Length != (long)N * C * H * W)
            throw new ArgumentException(
                $"tensor must have {(long)N * C * H * W} elements for [{N}, {C}, {H}, {W}], got {tensor.Length}.", nameof(tensor));
        fixed (float* plain = tensor) UpdateByPixels(new ImageView(plain, blocked: false, C, H, W));
    }

    /// <summary>Sets or clears every element's bit.</summary>
    /// <param name="value">True to set.</param>
    public void Fill(bool value)
    {
        _words.AsSpan().Clear();
        if (!value) return;
        var plane = H * W;
        var blocks = LaneBlock.Count(C);
        for (var i = 0; i < N * blocks; i++)
            _words.AsSpan(i * plane, plane).Fill((ushort)((1 << Math.Min(Block, C - i % blocks * Block)) - 1));
    }

    /// <summary>The first word of a row of pixels.</summary>
    internal ushort* Row(int n, int block, int h) => Pointer + (((nint)n * LaneBlock.Count(C) + block) * H + h) * W;

    /// <summary>Makes every element zero whose bit is clear, whatever it was.</summary>
    internal void Apply(in ImageView image, ComputeTopology topology)
    {
        var work = new ApplyWork { Mask = this, Image = image };
        WorkerPool.Shared.Run(ref work, N * LaneBlock.Count(C), topology);
    }

    /// <summary>As <see cref="Update(BlockedTensor)"/>, channels in the lanes: a word for each pixel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void UpdateByChannels(float* from)
    {
        var to = Pointer;
        for (nint i = 0; i < _words.Length; i++) to[i] = (ushort)NonZeroBits.Of(from + i * Block);
    }

    /// <summary>The same where pixels follow one another: a bit for each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void UpdateByPixels(in ImageView tensor)
    {
        _words.AsSpan().Clear();
        for (var i = 0; i < N * C * H; i++)
        {
            var (n, c, h) = (i / H / C, i / H % C, i % H);
            float* from = tensor.Row(n, c, h);
            var words = Row(n, c / Block, h);
            for (var w = 0; w < W; w++)
            {
                if (from[w] != 0) words[w] |= (ushort)(1 << (c % Block));
            }
        }
    }

    /// <summary>As <see cref="Update(BlockedTensor)"/>, images in the lanes: a bit of 16 words for each pixel.</summary>
    private void UpdateByImages(in ImageView tensor)
    {
        _words.AsSpan().Clear();
        for (var i = 0; i < LaneBlock.Count(N) * C * H; i++)
        {
            var (n, c, h) = (i / H / C * Block, i / H % C, i % H);
            var row = tensor.Row(n, c, h);
            for (var w = 0; w < W; w++)
            {
                for (var bits = NonZeroBits.Of(row + (nint)w * Block); bits != 0; bits &= bits - 1)
                    Row(n + BitOperations.TrailingZeroCount(bits), c / Block, h)[w] |= (ushort)(1 << (c % Block));
            }
        }
    }

    private int WordOf(int n, int c, int h, int w)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)n, (uint)N, nameof(n));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)c, (uint)C, nameof(c));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)h, (uint)H, nameof(h));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)w, (uint)W, nameof(w));
        return ((n * LaneBlock.Count(C) + c / Block) * H + h) * W + w;
    }

    private struct ApplyWork : IWork
    {
        public FineMask Mask;
        public ImageView Image;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Do(int item, int worker)
        {
            var blocks = LaneBlock.Count(Mask.C);
            var (n, block) = (item / blocks, item % blocks);
            var words = Mask.Row(n, block, 0);
            var pixels = Mask.H * Mask.W;
            if (Image.Blocked)
            {
                var to = Image.Row(n, block * Block, 0);
                for (nint pixel = 0; pixel < pixels; pixel++) LaneMask.Keep(to + pixel * Block, words[pixel]);
                return;
            }

            for (var lane = 0; lane < Math.Min(Block, Mask.C - block * Block); lane++)
            {
                for (var pixel = 0; pixel < pixels; pixel++)
                {
                    if ((words[pixel] >> lane & 1) == 0)
                        Image.Row(n, block * Block + lane, pixel / Mask.W)[(nint)(pixel % Mask.W) * Image.PixelStep] = 0;
                }
            }
        }
    }
}
