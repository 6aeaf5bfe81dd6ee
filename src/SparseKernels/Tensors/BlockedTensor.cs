using SparseKernels.Isa;
using SparseKernels.Memory;
using SparseKernels.Threading;

namespace SparseKernels.Tensors;

/// <summary>
/// A four-dimensional tensor <c>[N, C, H, W]</c> in one of the library's blocked layouts, in native memory aligned to 64 bytes.
/// The owner disposes it. Lanes past the last channel or image are zero, and so is the border; whoever writes the tensor keeps them so.
/// </summary>
/// <remarks>
/// A batch-blocked or planar tensor may have a border of zeros, wide enough for the filters that read it, so that kernels read x and dy where they
/// lie, with no edge code: <see cref="ConvolutionPlan.CreateInput(BlockedLayout)"/> makes it as wide as its plan needs.
/// </remarks>
public sealed unsafe class BlockedTensor : IDisposable
{
    /// <summary>Lanes of a block, on every instruction set.</summary>
    public const int Block = LaneBlock.Size;

    private readonly AlignedBuffer _buffer;

    /// <summary>Makes a tensor of zeros.</summary>
    /// <param name="n">Images.</param>
    /// <param name="c">Channels.</param>
    /// <param name="h">Height.</param>
    /// <param name="w">Width.</param>
    /// <param name="layout">The order of its elements.</param>
    /// <param name="border">Zeros around every image; none by default, and none in a channel-blocked tensor.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A size is under 1, a side of the border is under 0, the layout is none of the library's, or the blocked tensor would have more than
    /// <see cref="int.MaxValue"/> elements.
    /// </exception>
    /// <exception cref="ArgumentException">A border for a channel-blocked tensor.</exception>
    public BlockedTensor(int n, int c, int h, int w, BlockedLayout layout = BlockedLayout.ChannelBlocked, Padding2D border = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(c, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(h, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(w, 1);
        if (!Enum.IsDefined(layout))
            throw new ArgumentOutOfRangeException(nameof(layout), layout, $"expected {string.Join(", ", Enum.GetNames<BlockedLayout>())}.");
        if (border.Top < 0 || border.Bottom < 0 || border.Left < 0 || border.Right < 0)
            throw new ArgumentOutOfRangeException(nameof(border), border, "expected no side under 0.");
        if (layout == BlockedLayout.ChannelBlocked && border != 0)
            throw new ArgumentException($"a {layout} tensor has no border; expected 0, got {border}.", nameof(border));
        (N, C, H, W, Layout, Border) = (n, c, h, w, layout, border);
        var length = LengthOf(n, c, h, w, layout, border);
        if (length > int.MaxValue)
            throw new ArgumentOutOfRangeException(
                nameof(n), $"[{n}, {c}, {h}, {w}] in blocks of 16 has {length} elements; at most {int.MaxValue} are supported.");
        Length = (int)length;
        Strides = PlaneStrides.Of(layout, h, w, border);
        _buffer = new AlignedBuffer(Length, nameof(BlockedTensor));
    }

    /// <summary>A tensor in another one's memory.</summary>
    private BlockedTensor(BlockedTensor memory, int n, int c, int h, int w)
    {
        (N, C, H, W, Layout, Border) = (n, c, h, w, memory.Layout, memory.Border);
        Length = (int)LengthOf(n, c, h, w, Layout, Border);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Length, memory.Length);
        (Strides, _buffer) = (PlaneStrides.Of(Layout, h, w, Border), memory._buffer);
    }

    /// <summary>Images.</summary>
    public int N { get; }

    /// <summary>Channels.</summary>
    public int C { get; }

    /// <summary>Height.</summary>
    public int H { get; }

    /// <summary>Width.</summary>
    public int W { get; }

    /// <summary>The order of the elements.</summary>
    public BlockedLayout Layout { get; }

    /// <summary>Zeros around every image.</summary>
    public Padding2D Border { get; }

    /// <summary>Elements in memory: the zero lanes of the last block, the border and what lies between channels included.</summary>
    public int Length { get; }

    /// <summary>Elements of the plain tensor: N·C·H·W.</summary>
    public int PlainLength => N * C * H * W;

    /// <summary>Channel blocks: ⌈C/16⌉.</summary>
    public int ChannelBlocks => LaneBlock.Count(C);

    internal float* Pointer => _buffer.Pointer;

    /// <summary>How far apart pixels lie in a batch-blocked or planar tensor; zero in a channel-blocked one.</summary>
    internal PlaneStrides Strides { get; }

    /// <summary>Channel 0 of the first image, or of the first 16, of a batch-blocked or planar tensor, at its first pixel.</summary>
    internal float* FirstPixel => Pointer + Strides.Inset(Border);

    /// <summary>Images in blocks of 16: ⌈N/16⌉.</summary>
    internal int ImageBlocks => LaneBlock.Count(N);

    /// <summary>Elements in memory of a tensor of these sizes; more than there can be of one that can't be made.</summary>
    internal static Int128 LengthOf(int n, int c, int h, int w, BlockedLayout layout, Padding2D border) => layout == BlockedLayout.ChannelBlocked
        ? (Int128)n * LaneBlock.Count(c) * Block * h * w
        : (Int128)(layout == BlockedLayout.BatchBlocked ? LaneBlock.Count(n) : n) * c * PlaneStrides.FloatsOfChannel(layout, h, w, border);

    /// <summary>
    /// A tensor of other sizes, no longer than this one, in its memory: they take turns, and whoever writes it after another clears what lies
    /// beside its elements (<see cref="UnusedElements"/>). Disposing either frees the memory of both.
    /// </summary>
    internal BlockedTensor InItsMemory(int n, int c, int h, int w) => new(this, n, c, h, w);

    /// <summary>Keeps the memory for a call.</summary>
    internal BufferUse Hold() => new(_buffer);

    /// <summary>All elements in the order of <see cref="Layout"/>; valid until the tensor is disposed or no longer referred to.</summary>
    /// <returns>The span.</returns>
    /// <exception cref="ObjectDisposedException">The tensor is disposed.</exception>
    public Span<float> AsSpan() => new(Pointer, Length);

    /// <summary>Where an element lies in <see cref="AsSpan"/>.</summary>
    /// <param name="n">Image.</param>
    /// <param name="c">Channel.</param>
    /// <param name="h">Row.</param>
    /// <param name="w">Column.</param>
    /// <returns>Its index.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside the tensor.</exception>
    public int IndexOf(int n, int c, int h, int w)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)n, (uint)N, nameof(n));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)c, (uint)C, nameof(c));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)h, (uint)H, nameof(h));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)w, (uint)W, nameof(w));
        return Layout == BlockedLayout.ChannelBlocked
            ? (((n * ChannelBlocks + c / Block) * H + h) * W + w) * Block + c % Block
            : (n / Strides.ImagesTogether * C + c) * Strides.Channel + Strides.Inset(Border) + h * Strides.Row + w * Strides.Pixel
                + n % Strides.ImagesTogether;
    }

    /// <summary>Packs a plain tensor into this one.</summary>
    /// <param name="source"><c>[N, C, H, W]</c>, row-major.</param>
    /// <exception cref="ArgumentException"><paramref name="source"/> has not N·C·H·W elements.</exception>
    /// <exception cref="ObjectDisposedException">The tensor is disposed.</exception>
    public void CopyFromNchw(ReadOnlySpan<float> source) => CopyFromNchw(source, ComputeTopology.Default);

    /// <summary>As the public overload, on the threads of a topology.</summary>
    internal void CopyFromNchw(ReadOnlySpan<float> source, ComputeTopology topology)
    {
        CheckPlain(source.Length, nameof(source));
        fixed (float* from = source) LayoutConversion.FromNchw(from, this, topology);
    }

    /// <summary>Unpacks this tensor to a plain one.</summary>
    /// <param name="destination"><c>[N, C, H, W]</c>, row-major.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has not N·C·H·W elements.</exception>
    /// <exception cref="ObjectDisposedException">The tensor is disposed.</exception>
    public void CopyToNchw(Span<float> destination) => CopyToNchw(destination, ComputeTopology.Default);

    /// <summary>As the public overload, on the threads of a topology.</summary>
    internal void CopyToNchw(Span<float> destination, ComputeTopology topology)
    {
        CheckPlain(destination.Length, nameof(destination));
        fixed (float* to = destination) LayoutConversion.ToNchw(this, to, topology);
    }

    /// <summary>Copies this tensor into another of the same sizes, whatever its layout.</summary>
    /// <param name="destination">The tensor to write.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    /// <exception cref="ObjectDisposedException">One of the tensors is disposed.</exception>
    public void CopyTo(BlockedTensor destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if ((N, C, H, W) != (destination.N, destination.C, destination.H, destination.W))
            throw new ArgumentException(
                $"destination must be [{N}, {C}, {H}, {W}], got [{destination.N}, {destination.C}, {destination.H}, {destination.W}].",
                nameof(destination));
        LayoutConversion.Convert(this, destination);
    }

    /// <summary>Frees the memory, once calls that run have ended. Calling it again does nothing.</summary>
    public void Dispose() => _buffer.Dispose();

    private void CheckPlain(int length, string argument)
    {
        if (length != PlainLength)
            throw new ArgumentException($"{argument} must have {PlainLength} elements for [{N}, {C}, {H}, {W}], got {length}.", argument);
    }
}
