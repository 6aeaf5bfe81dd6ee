namespace SparseKernels.Training.Layers.Convolutions;

/// <summary>The zeros around images that a convolution reads in place where tensors are batch-blocked.</summary>
internal static class ConvolutionBorder
{
    /// <summary>Around x lies the padding; around dy what the filter reaches past it, in steps, and a step more where they don't divide x.</summary>
    /// <returns>On each side the wider of the two.</returns>
    public static Padding2D Of(Size2D kernel, Size2D stride, Padding2D padding, Size2D dilation)
    {
        var (height, width) = ((kernel.Height - 1L) * dilation.Height, (kernel.Width - 1L) * dilation.Width);
        return new(
            Side(padding.Top, height, stride.Height, isLast: false), Side(padding.Bottom, height, stride.Height, isLast: true),
            Side(padding.Left, width, stride.Width, isLast: false), Side(padding.Right, width, stride.Width, isLast: true));
    }

    /// <summary>
    /// The same for inference on planar tensors: the padding, or where strided images are copied (core: <c>PlanarSplit</c>) the columns between
    /// rows that filters usually reach into.
    /// </summary>
    public static Padding2D OfPlanar(Size2D stride, Padding2D padding) => stride is { Height: 1, Width: 1 }
        ? padding
        : new(0, 0, (padding.Left + stride.Width - 1) / stride.Width, 0);

    private static int Side(int padding, long reach, int stride, bool isLast)
    {
        var back = (Math.Max(0, reach - padding) + stride - 1) / stride + (isLast && stride > 1 ? 1 : 0);
        return (int)Math.Clamp(Math.Max(padding, back), 0, int.MaxValue);
    }
}
