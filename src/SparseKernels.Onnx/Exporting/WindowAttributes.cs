using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Exporting;

/// <summary>A window as attributes have it.</summary>
internal static class WindowAttributes
{
    public static OnnxAttribute[] Of(Size2D kernel, Size2D stride, Padding2D padding, Size2D dilation) =>
    [
        Pair("kernel_shape", kernel), Pair("strides", stride), Pair("dilations", dilation),
        new OnnxAttribute("pads", new long[] { padding.Top, padding.Left, padding.Bottom, padding.Right }),
    ];

    public static OnnxAttribute Pair(string name, Size2D size) => new(name, new long[] { size.Height, size.Width });
}
