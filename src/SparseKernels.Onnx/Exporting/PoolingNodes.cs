using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Layers.Pooling;

namespace SparseKernels.Onnx.Exporting;

/// <summary>The nodes of poolings.</summary>
internal static class PoolingNodes
{
    public static string Max(ExportScope scope, string name, string x, PoolingWindow window) => scope.Add(
        name, "MaxPool", [scope.Image(x)], [.. WindowAttributes.Of(window.Size, window.Stride, window.Padding, window.Dilation), Ceil(window)]);

    public static string Average(ExportScope scope, AvgPool2d layer, string x)
    {
        if (layer.Window is not { } window) return scope.Add(layer.Name, "GlobalAveragePool", [scope.Image(x)]);

        // The standard's operator got its dilations in opset 19; ours has none.
        return scope.Add(
            layer.Name, "AveragePool", [scope.Image(x)],
            [
                .. WindowAttributes.Of(window.Size, window.Stride, window.Padding, window.Dilation).Where(attribute => attribute.Name != "dilations"),
                Ceil(window),
                new OnnxAttribute("count_include_pad", layer.CountIncludePadding ? 1L : 0),
            ]);
    }

    /// <remarks>Windows are all of one size where the output divides the input, which is what the standard can say.</remarks>
    public static string Adaptive(ExportScope scope, AdaptiveAvgPool2d layer, string x)
    {
        var image = scope.Image(x);
        var (height, width) = (scope.Shape(image)[2], scope.Shape(image)[3]);
        if (height % layer.Output.Height != 0 || width % layer.Output.Width != 0)
            throw new InvalidDataException($"ONNX has windows of one size only, which make no {layer.Output.Height}x{layer.Output.Width} of {height}x{width}.");
        var size = new Size2D(height / layer.Output.Height, width / layer.Output.Width);
        return layer.Output == 1
            ? scope.Add(layer.Name, "GlobalAveragePool", [image])
            : scope.Add(layer.Name, "AveragePool", [image], WindowAttributes.Pair("kernel_shape", size), WindowAttributes.Pair("strides", size));
    }

    private static OnnxAttribute Ceil(PoolingWindow window) => new("ceil_mode", window.CeilMode ? 1L : 0);
}
