using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Layers.BatchNormalisation;

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
            1 - (momentum is >= 0 and < 1 ? momentum : UsualMomentum));
        scope.Weights.Add(
            layer, (node.Inputs[1], call.Known(1).Floats), (node.Inputs[2], call.Known(2).Floats), (node.Inputs[3], call.Known(3).Floats),
            (node.Inputs[4], call.Known(4).Floats));
        if (node.HasInput(LayerFusion.Addend)) scope.Add(node, layer, x.Node, scope.Value(node.Inputs[LayerFusion.Addend]).Node);
        else scope.Add(node, layer, x.Node);
    }
}
