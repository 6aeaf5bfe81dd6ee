using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.GroupNormalisation;

namespace SparseKernels.Onnx.Importing;

/// <summary>Layers that normalise.</summary>
internal static class NormalisationLayers
{
    private const float UsualMomentum = 0.9f;

    /// <remarks>The standard's momentum is the share that the old statistics keep, PyTorch's and ours that of the batch.</remarks>
    public static void Batch(ImportScope scope, OnnxNode node)
    {
        var (call, x) = (scope.Call(node), scope.Value(node.Inputs[0]));
        var momentum = node.Float("momentum", UsualMomentum);
        if (node.Integer("spatial", 1) == 0) throw new InvalidDataException("spatial must be 1.");
        var layer = new BatchNorm2d(
            scope.Names.OfWeights(node.Inputs[1]), x.Features.Channels, relu: node.HasAttribute(LayerFusion.Relu), node.Float("epsilon", 1e-5f),
            scope.NormalisationMomentum ?? 1 - (momentum is >= 0 and < 1 ? momentum : UsualMomentum));
        scope.Weights.Add(
            layer, (node.Inputs[1], call.Known(1).Floats), (node.Inputs[2], call.Known(2).Floats), (node.Inputs[3], call.Known(3).Floats),
            (node.Inputs[4], call.Known(4).Floats));
        if (node.HasInput(LayerFusion.Addend)) scope.Add(node, layer, x.Node, scope.Value(node.Inputs[LayerFusion.Addend]).Node);
        else scope.Add(node, layer, x.Node);
    }

    /// <summary>A group for each channel.</summary>
    public static void Instance(ImportScope scope, OnnxNode node) => Groups(scope, node, scope.Value(node.Inputs[0]).Features.Channels);

    /// <remarks>Up to opset 20 there is one scale for each group, since then for each channel.</remarks>
    public static void Group(ImportScope scope, OnnxNode node) => Groups(scope, node, checked((int)node.Integer("num_groups", 0)));

    private static void Groups(ImportScope scope, OnnxNode node, int groups)
    {
        var (call, x) = (scope.Call(node), scope.Value(node.Inputs[0]));
        var channels = x.Features.Channels;
        var layer = new GroupNorm(scope.Names.OfWeights(node.Inputs[1]), groups, channels, node.Float("epsilon", 1e-5f));
        scope.Weights.Add(layer, (node.Inputs[1], PerChannel(call.Known(1))), (node.Inputs[2], PerChannel(call.Known(2))));
        scope.Add(node, layer, x.Node);

        float[] PerChannel(ConstantTensor numbers) => numbers.Length == groups && groups < channels
            ? [.. numbers.Floats.SelectMany(number => Enumerable.Repeat(number, channels / groups))]
            : numbers.Floats;
    }
}
