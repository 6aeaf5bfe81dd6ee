using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.GroupNormalisation;
using SparseKernels.Training.Layers.Pooling;

namespace SparseKernels.Onnx.Exporting;

/// <summary>The nodes of layers that normalise.</summary>
internal static class NormalisationNodes
{
    public static string Batch(ExportScope scope, BatchNorm2d layer, string[] inputs)
    {
        var y = Batch(scope, layer, inputs[0], layer.Settings);
        if (inputs.Length > 1) y = scope.Add($"{layer.Name}.sum", "Add", MergingNodes.Alike(scope, [y, inputs[1]]));
        return layer.HasRelu ? scope.Add($"{layer.Name}.relu", "Relu", [y]) : y;
    }

    public static string PooledBatch(ExportScope scope, PooledBatchNorm2d layer, string x)
    {
        var y = scope.Add($"{layer.Name}.relu", "Relu", [Batch(scope, layer, x, layer.Settings)]);
        return PoolingNodes.Max(scope, $"{layer.Name}.pool", y, new PoolingWindow(layer.Size, null, 0));
    }

    public static string Group(ExportScope scope, GroupNorm layer, string x)
    {
        var (groups, epsilon) = layer.Settings;
        var image = scope.Image(x);
        var channels = scope.Shape(image)[1];
        string[] affine = layer.Parameters.Count > 0
            ? scope.Tensors(layer)
            : [scope.Constant($"{layer.Name}.ones", Filled(1)), scope.Constant($"{layer.Name}.zeros", Filled(0))];
        return scope.Add(
            layer.Name, "GroupNormalization", [image, .. affine], new OnnxAttribute("num_groups", (long)groups), new OnnxAttribute("epsilon", epsilon));

        ConstantTensor Filled(float value) => new([channels], [.. Enumerable.Repeat(value, channels)]);
    }

    private static string Batch(ExportScope scope, Layer layer, string x, (float Epsilon, float Momentum) settings) => scope.Add(
        layer.Name, "BatchNormalization", [x, .. scope.Tensors(layer)], new OnnxAttribute("epsilon", settings.Epsilon),
        new OnnxAttribute("momentum", 1 - settings.Momentum));
}
