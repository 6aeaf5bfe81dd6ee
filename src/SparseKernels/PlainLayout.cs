namespace SparseKernels;

/// <summary>How a plain tensor <c>[N, C, H, W]</c> in a span orders its elements, without gaps.</summary>
public enum PlainLayout
{
    /// <summary><c>[N, C, H, W]</c>: the pixels of a channel lie side by side.</summary>
    Nchw,

    /// <summary><c>[N, H, W, C]</c>, "channels last": the channels of a pixel lie side by side.</summary>
    Nhwc,
}
