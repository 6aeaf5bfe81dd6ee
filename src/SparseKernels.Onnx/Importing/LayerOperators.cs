using SparseKernels.Onnx.Graphs;
using SparseKernels.Onnx.Rewriting;

namespace SparseKernels.Onnx.Importing;

/// <summary>The layer of each operator.</summary>
internal static class LayerOperators
{
    private static readonly Dictionary<string, Action<ImportScope, OnnxNode>> s_operators = new(StringComparer.Ordinal)
    {
        ["Conv"] = WeightedLayers.Convolution,
        ["ConvTranspose"] = WeightedLayers.TransposedConvolution,
        [ReadOperators.Linear] = WeightedLayers.Linear,
        [ReadOperators.Affine] = WeightedLayers.Affine,
        ["BatchNormalization"] = NormalisationLayers.Batch,
        ["InstanceNormalization"] = NormalisationLayers.Instance,
        ["GroupNormalization"] = NormalisationLayers.Group,
        ["Relu"] = ActivationLayers.Relu,
        ["LeakyRelu"] = ActivationLayers.LeakyRelu,
        ["Clip"] = ActivationLayers.Clip,
        ["Sigmoid"] = ActivationLayers.Sigmoid,
        ["HardSigmoid"] = ActivationLayers.HardSigmoid,
        ["HardSwish"] = ActivationLayers.HardSwish,
        [ReadOperators.Silu] = ActivationLayers.Silu,
        ["Softmax"] = ActivationLayers.Softmax,
        ["Dropout"] = ActivationLayers.Dropout,
        ["MaxPool"] = PoolingLayers.Max,
        ["AveragePool"] = PoolingLayers.Average,
        ["GlobalAveragePool"] = PoolingLayers.GlobalAverage,
        ["GlobalMaxPool"] = PoolingLayers.GlobalMax,
        ["Add"] = MergingLayers.Sum,
        ["Mul"] = MergingLayers.Product,
        ["Concat"] = MergingLayers.Concatenation,
        ["Resize"] = SpatialLayers.Resize,
        ["Upsample"] = SpatialLayers.Resize,
        ["Pad"] = SpatialLayers.Pad,
        ["Flatten"] = (scope, node) => scope.HandOn(node),
        ["Reshape"] = (scope, node) => scope.HandOn(node),
        ["Squeeze"] = (scope, node) => scope.HandOn(node),
        ["Unsqueeze"] = (scope, node) => scope.HandOn(node),
    };

    /// <summary>Adds the layer of a node.</summary>
    /// <exception cref="InvalidDataException">No layer does what the node asks for.</exception>
    /// <exception cref="ArgumentException">The layer refuses its sizes.</exception>
    public static void Add(ImportScope scope, OnnxNode node)
    {
        if (!s_operators.TryGetValue(node.Operator, out var add))
            throw new InvalidDataException("it is supported with a constant of one number for each channel, or of one number for all.");
        add(scope, node);
    }
}
