using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.GroupNormalisation;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Layers.Reshaping;

namespace SparseKernels.Onnx.Exporting;

/// <summary>The nodes of each kind of layer.</summary>
internal static class LayerNodes
{
    private static readonly Dictionary<Type, Func<ExportScope, Layer, string[], string>> s_layers = new()
    {
        [typeof(Conv2d)] = (scope, layer, x) => WeightedNodes.Convolution(scope, (Conv2d)layer, x[0]),
        [typeof(ConvTranspose2d)] = (scope, layer, x) => WeightedNodes.TransposedConvolution(scope, (ConvTranspose2d)layer, x[0]),
        [typeof(Linear)] = (scope, layer, x) => scope.Add(layer.Name, "Gemm", [scope.Row(x[0]), .. scope.Tensors(layer)], new OnnxAttribute("transB", 1L)),
        [typeof(BatchNorm2d)] = (scope, layer, x) => NormalisationNodes.Batch(scope, (BatchNorm2d)layer, x),
        [typeof(PooledBatchNorm2d)] = (scope, layer, x) => NormalisationNodes.PooledBatch(scope, (PooledBatchNorm2d)layer, x[0]),
        [typeof(GroupNorm)] = (scope, layer, x) => NormalisationNodes.Group(scope, (GroupNorm)layer, x[0]),
        [typeof(Relu)] = (scope, layer, x) => scope.Add(layer.Name, "Relu", x),
        [typeof(Relu6)] = (scope, layer, x) => ActivationNodes.Clip(scope, layer.Name, x[0], 0, 6),
        [typeof(Clip)] = (scope, layer, x) => ActivationNodes.Clip(scope, layer.Name, x[0], ((Clip)layer).Range.Lowest, ((Clip)layer).Range.Highest),
        [typeof(LeakyRelu)] = (scope, layer, x) => scope.Add(layer.Name, "LeakyRelu", x, new OnnxAttribute("alpha", ((LeakyRelu)layer).NegativeSlope)),
        [typeof(Sigmoid)] = (scope, layer, x) => scope.Add(layer.Name, "Sigmoid", x),
        [typeof(HardSigmoid)] = (scope, layer, x) => scope.Add(
            layer.Name, "HardSigmoid", x, new OnnxAttribute("alpha", 1 / 6f), new OnnxAttribute("beta", 0.5f)),
        [typeof(HardSwish)] = (scope, layer, x) => scope.Add(layer.Name, "HardSwish", x),
        [typeof(Silu)] = (scope, layer, x) => scope.Add(layer.Name, "Mul", [x[0], scope.Add($"{layer.Name}.sigmoid", "Sigmoid", x)]),
        [typeof(Softmax)] = (scope, layer, x) => scope.Add(layer.Name, "Softmax", x, new OnnxAttribute("axis", 1L)),
        [typeof(Dropout)] = (scope, layer, x) => scope.Add(
            layer.Name, "Dropout", [x[0], scope.Constant($"{layer.Name}.ratio", ConstantTensor.Scalar(((Dropout)layer).Probability))]),
        [typeof(MaxPool2d)] = (scope, layer, x) => PoolingNodes.Max(scope, layer.Name, x[0], ((MaxPool2d)layer).Window),
        [typeof(AvgPool2d)] = (scope, layer, x) => PoolingNodes.Average(scope, (AvgPool2d)layer, x[0]),
        [typeof(AdaptiveAvgPool2d)] = (scope, layer, x) => PoolingNodes.Adaptive(scope, (AdaptiveAvgPool2d)layer, x[0]),
        [typeof(Add)] = (scope, layer, x) => MergingNodes.Sum(scope, (Add)layer, x),
        [typeof(Multiply)] = (scope, layer, x) => scope.Add(layer.Name, "Mul", MergingNodes.Alike(scope, x)),
        [typeof(Concat)] = (scope, layer, x) => scope.Add(layer.Name, "Concat", MergingNodes.Alike(scope, x), new OnnxAttribute("axis", 1L)),
        [typeof(Flatten)] = (scope, _, x) => scope.Row(x[0]),
        [typeof(Upsample2d)] = (scope, layer, x) => SpatialNodes.Resize(scope, (Upsample2d)layer, x[0]),
        [typeof(Pad2d)] = (scope, layer, x) => SpatialNodes.Pad(scope, (Pad2d)layer, x[0]),
    };

    public static bool Has(Layer layer) => s_layers.ContainsKey(layer.GetType());

    /// <summary>Adds the nodes of a layer.</summary>
    /// <returns>The name of what they give.</returns>
    public static string Add(ExportScope scope, Layer layer, string[] inputs) => s_layers[layer.GetType()](scope, layer, inputs);
}
