using SparseKernels.Training.Layers.Merging;

namespace SparseKernels.Onnx.Exporting;

/// <summary>The nodes of layers in which several tensors meet.</summary>
internal static class MergingNodes
{
    public static string Sum(ExportScope scope, Add layer, string[] inputs)
    {
        var alike = Alike(scope, inputs);
        var sum = alike.Length == 2 ? scope.Add(layer.Name, "Add", alike) : scope.Add(layer.Name, "Sum", alike);
        return layer.HasRelu ? scope.Add($"{layer.Name}.relu", "Relu", [sum]) : sum;
    }

    /// <summary>The inputs with one number of sizes: all images if one of them is.</summary>
    public static string[] Alike(ExportScope scope, string[] inputs) =>
        inputs.Any(input => scope.Shape(input).Length == 4) ? [.. inputs.Select(scope.Image)] : inputs;
}
