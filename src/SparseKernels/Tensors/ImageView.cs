using SparseKernels.Isa;

namespace SparseKernels.Tensors;

/// <summary>A plain NCHW, channel-blocked or batch-blocked tensor as packers and kernels' drivers see it.</summary>
internal readonly unsafe struct ImageView
{
    private const int Block = LaneBlock.Size;

    /// <summary>Element (0, 0, 0, 0).</summary>
    public readonly float* Data;

    /// <summary>Channel-blocked.</summary>
    public readonly bool Blocked;

    public readonly int C;

    public readonly int H;

    public readonly int W;

    /// <summary>Of a batch-blocked tensor; zero of others.</summary>
    public readonly BatchStrides Strides;

    /// <param name="data">Its first element.</param>
    /// <param name="blocked">Channel-blocked rather than plain.</param>
    /// <param name="c">Channels.</param>
    /// <param name="h">Height.</param>
    /// <param name="w">Width.</param>
    public ImageView(float* data, bool blocked, int c, int h, int w)
    {
        Data = data;
        (Blocked, C, H, W) = (blocked, c, h, w);
    }

    private ImageView(BlockedTensor batchBlocked)
        : this(batchBlocked.FirstPixel, blocked: false, batchBlocked.C, batchBlocked.H, batchBlocked.W) =>
        Strides = batchBlocked.Strides;

    public static ImageView Of(BlockedTensor tensor) => tensor.Layout == BlockedLayout.ChannelBlocked
        ? new(tensor.Pointer, blocked: true, tensor.C, tensor.H, tensor.W)
        : new(tensor);

    /// <summary>Batch-blocked.</summary>
    public bool IsBatchBlocked => Strides.Row != 0;

    /// <summary>Floats from one image to the next, where images are not the lanes.</summary>
    public nint ImageStep => Blocked ? (nint)LaneBlock.Count(C) * Block * H * W : (nint)C * H * W;

    /// <summary>Floats from one block of 16 images to the next of a batch-blocked tensor.</summary>
    public nint ImageBlockStep => (nint)C * Strides.Channel;

    /// <summary>Floats from one pixel to the next in its row.</summary>
    public int PixelStep => Blocked || IsBatchBlocked ? Block : 1;

    /// <summary>The first pixel of a channel's row.</summary>
    public float* Row(int n, int c, int h) =>
        IsBatchBlocked ? Data + n / Block * ImageBlockStep + (nint)c * Strides.Channel + (nint)h * Strides.Row + n % Block
        : Blocked ? Data + n * ImageStep + ((nint)(c / Block) * H + h) * W * Block + c % Block
        : Data + n * ImageStep + ((nint)c * H + h) * W;
}
