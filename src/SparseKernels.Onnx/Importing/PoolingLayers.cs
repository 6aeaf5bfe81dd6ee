using SparseKernels.Onnx.Folding;
using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Layers.Pooling;

namespace SparseKernels.Onnx.Importing;

/// <summary>Layers that pool.</summary>
internal static class PoolingLayers
{
    public static void Max(ImportScope scope, OnnxNode node)
    {
        var (x, pooling) = (scope.Value(node.Inputs[0]), PoolingForm.Of(scope.Call(node)));
        var window = pooling.Window;
        scope.Add(node, new MaxPool2d(scope.Names.Free(node.Name), window.Kernel, window.Stride, window.Padding, window.Dilation, pooling.Ceil), x.Node);
    }

    public static void Average(ImportScope scope, OnnxNode node)
    {
        var (x, pooling) = (scope.Value(node.Inputs[0]), PoolingForm.Of(scope.Call(node)));
        var window = pooling.Window;
        if (window.Dilation != 1) throw new InvalidDataException("means over windows with dilation are not supported.");
        scope.Add(node, new AvgPool2d(scope.Names.Free(node.Name), window.Kernel, window.Stride, window.Padding, pooling.Ceil, pooling.CountsPadding), x.Node);
    }

    public static void GlobalAverage(ImportScope scope, OnnxNode node) =>
        scope.Add(node, new AvgPool2d(scope.Names.Free(node.Name)), scope.Value(node.Inputs[0]).Node);

    public static void GlobalMax(ImportScope scope, OnnxNode node)
    {
        var x = scope.Value(node.Inputs[0]);
        scope.Add(node, new MaxPool2d(scope.Names.Free(node.Name), new Size2D(x.Features.Height, x.Features.Width)), x.Node);
    }
}
