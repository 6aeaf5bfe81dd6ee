using SparseKernels.Isa;

namespace SparseKernels.Tensors;

/// <summary>A plain NCHW, channel-blocked, batch-blocked or planar tensor as packers and kernels' drivers see it.</summary>
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

    /// <summary>Of a batch-blocked or planar tensor; zero of others.</summary>
    public readonly PlaneStrides Strides;

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

    /// <param name="data">Its first pixel.</param>
    /// <param name="c">Channels.</param>
    /// <param name="h">Height.</param>
    /// <param name="w">Width.</param>
    /// <param name="strides">Of a batch-blocked or planar tensor.</param>
    public ImageView(float* data, int c, int h, int w, PlaneStrides strides)
        : this(data, blocked: false, c, h, w) => Strides = strides;

    public static ImageView Of(BlockedTensor tensor) => tensor.Layout == BlockedLayout.ChannelBlocked
        ? new(tensor.Pointer, blocked: true, tensor.C, tensor.H, tensor.W)
        : new(tensor.FirstPixel, tensor.C, tensor.H, tensor.W, tensor.Strides);

    /// <summary>Batch-blocked.</summary>
    public bool IsBatchBlocked => Strides.Pixel == Block;

    /// <summary>Planar.</summary>
    public bool IsPlanar => Strides.Pixel == 1;

    /// <summary>Floats from one image to the next, where images are not the lanes.</summary>
    public nint ImageStep => Blocked ? (nint)LaneBlock.Count(C) * Block * H * W : C * ChannelStep;

    /// <summary>Floats from one channel to the next, where channels are not the lanes.</summary>
    public nint ChannelStep => Strides.Channel != 0 ? Strides.Channel : (nint)H * W;

    /// <summary>Floats from one block of 16 images to the next of a batch-blocked tensor.</summary>
    public nint ImageBlockStep => C * ChannelStep;

    /// <summary>Floats from one pixel to the next in its row.</summary>
    public int PixelStep => Blocked || IsBatchBlocked ? Block : 1;

    /// <summary>Whether a row's first pixel follows the last one of the row above it.</summary>
    public bool RowsAdjoin => Strides.Row == W * Strides.Pixel;

    /// <summary>The first pixel of a channel's row.</summary>
    public float* Row(int n, int c, int h) =>
        IsBatchBlocked ? Data + n / Block * ImageBlockStep + (nint)c * Strides.Channel + (nint)h * Strides.Row + n % Block
        : Blocked ? Data + n * ImageStep + ((nint)(c / Block) * H + h) * W * Block + c % Block
        : Data + n * ImageStep + c * ChannelStep + (nint)h * (IsPlanar ? Strides.Row : W);
}
