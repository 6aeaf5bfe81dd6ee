using SparseKernels.Onnx.Folding;
using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Layers.Convolutions;

namespace SparseKernels.Onnx.Importing;

/// <summary>Layers with weights.</summary>
internal static class WeightedLayers
{
    public static void Convolution(ImportScope scope, OnnxNode node)
    {
        var call = scope.Call(node);
        var (x, w, window) = (scope.Value(node.Inputs[0]), ConvolutionWindow.Weights(call), ConvolutionWindow.Of(call));
        var layer = new Conv2d(
            scope.Names.OfWeights(node.Inputs[1]), x.Features.Channels, w.Shape[0], window.Kernel, window.Stride, window.Padding, window.Dilation,
            ConvolutionWindow.Groups(node), bias: node.HasInput(2));
        Load(scope, layer, node, w.Floats);
        scope.Add(node, layer, x.Node);
    }

    public static void TransposedConvolution(ImportScope scope, OnnxNode node)
    {
        var call = scope.Call(node);
        var (x, w, transposed) = (scope.Value(node.Inputs[0]), ConvolutionWindow.Weights(call), TransposedWindow.Of(call));
        var (window, groups) = (transposed.Window, ConvolutionWindow.Groups(node));
        var layer = new ConvTranspose2d(
            scope.Names.OfWeights(node.Inputs[1]), x.Features.Channels, w.Shape[1] * groups, window.Kernel, window.Stride, window.Padding,
            transposed.OutputPadding, window.Dilation, groups, bias: node.HasInput(2));
        Load(scope, layer, node, w.Floats);
        scope.Add(node, layer, x.Node);
    }

    /// <remarks>The layer reads images as they are: whatever flattens them before it becomes no layer.</remarks>
    public static void Linear(ImportScope scope, OnnxNode node)
    {
        var (x, w) = (scope.Written(node.Inputs[0]), scope.Call(node).Known(1));
        var isTransposed = node.Integer("transB", 0) != 0;
        var layer = new Linear(scope.Names.OfWeights(node.Inputs[1]), x.Features, w.Shape[isTransposed ? 0 : 1], bias: node.HasInput(2));
        Load(scope, layer, node, isTransposed ? w.Floats : Transpose(w));
        scope.Add(node, layer, x.Node);
    }

    /// <remarks>A factor and an addend for each channel are a 1×1 convolution whose groups are the channels.</remarks>
    public static void Affine(ImportScope scope, OnnxNode node)
    {
        var x = scope.Value(node.Inputs[0]);
        var channels = x.Features.Channels;
        var layer = new Conv2d(scope.Names.OfWeights(node.Inputs[1]), channels, channels, 1, groups: channels);
        Load(scope, layer, node, scope.Call(node).Known(1).Floats);
        scope.Add(node, layer, x.Node);
    }

    private static void Load(ImportScope scope, Training.Layers.Layer layer, OnnxNode node, float[] weights)
    {
        if (node.HasInput(2)) scope.Weights.Add(layer, (node.Inputs[1], weights), (node.Inputs[2], scope.Call(node).Known(2).Floats));
        else scope.Weights.Add(layer, (node.Inputs[1], weights));
    }

    private static float[] Transpose(ConstantTensor matrix)
    {
        var (rows, columns) = (matrix.Shape[0], matrix.Shape[1]);
        var transposed = new float[matrix.Length];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++) transposed[(j * rows) + i] = matrix.Floats[(i * columns) + j];
        }

        return transposed;
    }
}
