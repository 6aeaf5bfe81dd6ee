using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Layers.Convolutions;

namespace SparseKernels.Onnx.Exporting;

/// <summary>The nodes of convolutions.</summary>
internal static class WeightedNodes
{
    public static string Convolution(ExportScope scope, Conv2d layer, string x)
    {
        var (kernel, stride, padding, dilation, groups) = layer.Window;
        return scope.Add(
            layer.Name, "Conv", [scope.Image(x), .. scope.Tensors(layer)],
            [.. WindowAttributes.Of(kernel, stride, padding, dilation), new OnnxAttribute("group", (long)groups)]);
    }

    public static string TransposedConvolution(ExportScope scope, ConvTranspose2d layer, string x)
    {
        var (kernel, stride, padding, dilation, groups) = layer.Window;
        return scope.Add(
            layer.Name, "ConvTranspose", [scope.Image(x), .. scope.Tensors(layer)],
            [
                .. WindowAttributes.Of(kernel, stride, padding, dilation), new OnnxAttribute("group", (long)groups),
                WindowAttributes.Pair("output_padding", layer.OutputPadding),
            ]);
    }
}
