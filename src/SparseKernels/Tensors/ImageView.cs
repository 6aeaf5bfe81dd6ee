using SparseKernels.Isa;

namespace SparseKernels.Tensors;

/// <summary>A plain NCHW or channel-blocked tensor as packers see it.</summary>
/// <param name="data">Its first element.</param>
/// <param name="blocked">Channel-blocked rather than plain.</param>
/// <param name="c">Channels.</param>
/// <param name="h">Height.</param>
/// <param name="w">Width.</param>
internal readonly unsafe struct ImageView(float* data, bool blocked, int c, int h, int w)
{
    private const int Block = LaneBlock.Size;

    public readonly float* Data = data;

    public readonly bool Blocked = blocked;

    public readonly int C = c;

    public readonly int H = h;

    public readonly int W = w;

    public static ImageView Of(BlockedTensor tensor) => new(tensor.Pointer, blocked: true, tensor.C, tensor.H, tensor.W);

    /// <summary>Floats from one image to the next.</summary>
    public nint ImageStep => Blocked ? (nint)LaneBlock.Count(C) * Block * H * W : (nint)C * H * W;

    /// <summary>Floats from one pixel to the next in its row.</summary>
    public int PixelStep => Blocked ? Block : 1;

    /// <summary>The first pixel of a channel's row.</summary>
    public float* Row(int n, int c, int h) => Blocked
        ? Data + n * ImageStep + ((nint)(c / Block) * H + h) * W * Block + c % Block
        : Data + n * ImageStep + ((nint)c * H + h) * W;
}
