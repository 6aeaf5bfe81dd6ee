using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Layers.Reshaping;

namespace SparseKernels.Onnx.Exporting;

/// <summary>The nodes of layers that change rows and columns.</summary>
internal static class SpatialNodes
{
    /// <remarks>By scales, since sizes would have to name the batch.</remarks>
    public static string Resize(ExportScope scope, Upsample2d layer, string x)
    {
        var image = scope.Image(x);
        var shape = scope.Shape(image);
        var (size, height, width) = layer.Target;
        float[] scales = size is { } target ? [1, 1, (float)target.Height / shape[2], (float)target.Width / shape[3]] : [1, 1, height, width];
        var isNearest = layer.Mode == UpsampleMode.Nearest;
        return scope.Add(
            layer.Name, "Resize", [image, "", scope.Constant($"{layer.Name}.scales", new ConstantTensor([4], scales))],
            new OnnxAttribute("mode", isNearest ? "nearest" : "linear"), new OnnxAttribute("nearest_mode", "floor"),
            new OnnxAttribute(
                "coordinate_transformation_mode",
                isNearest ? "asymmetric" : layer.Mode == UpsampleMode.BilinearAlignedCorners ? "align_corners" : "half_pixel"));
    }

    public static string Pad(ExportScope scope, Pad2d layer, string x)
    {
        var (padding, mode, value) = layer.Surroundings;
        var pads = ConstantTensor.Vector(0, 0, padding.Top, padding.Left, 0, 0, padding.Bottom, padding.Right);
        string[] inputs = [scope.Image(x), scope.Constant($"{layer.Name}.pads", pads)];
        if (mode == PadMode.Constant && value != 0) inputs = [.. inputs, scope.Constant($"{layer.Name}.value", ConstantTensor.Scalar(value))];
        return scope.Add(
            layer.Name, "Pad", inputs, new OnnxAttribute("mode", mode switch { PadMode.Reflect => "reflect", PadMode.Replicate => "edge", _ => "constant" }));
    }
}
