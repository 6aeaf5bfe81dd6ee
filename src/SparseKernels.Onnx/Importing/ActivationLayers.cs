using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;

namespace SparseKernels.Onnx.Importing;

/// <summary>Layers of a function of each element, or of each pixel.</summary>
internal static class ActivationLayers
{
    private const float Six = 6, Sixth = 1 / Six, Half = 0.5f, Tolerance = 1e-6f;

    public static void Relu(ImportScope scope, OnnxNode node) => Add(scope, node, new Relu(Name(scope, node)));

    public static void LeakyRelu(ImportScope scope, OnnxNode node) => Add(scope, node, new LeakyRelu(Name(scope, node), node.Float("alpha", 0.01f)));

    public static void Sigmoid(ImportScope scope, OnnxNode node) => Add(scope, node, new Sigmoid(Name(scope, node)));

    public static void HardSwish(ImportScope scope, OnnxNode node) => Add(scope, node, new HardSwish(Name(scope, node)));

    public static void Silu(ImportScope scope, OnnxNode node) => Add(scope, node, new Silu(Name(scope, node)));

    public static void Clip(ImportScope scope, OnnxNode node)
    {
        var call = scope.Call(node);
        var (lowest, highest) = (call.Float("min", 1, float.MinValue), call.Float("max", 2, float.MaxValue));
        if (lowest == float.MinValue) lowest = float.NegativeInfinity;
        if (highest == float.MaxValue) highest = float.PositiveInfinity;
        var name = Name(scope, node);
        Add(scope, node, (lowest, highest) switch
        {
            (0, Six) => new Relu6(name),
            (0, float.PositiveInfinity) => new Relu(name),
            _ => new Clip(name, lowest, highest),
        });
    }

    /// <remarks>Ours has PyTorch's slope of a sixth; another slope is a factor and an addend for each channel with a clip behind.</remarks>
    public static void HardSigmoid(ImportScope scope, OnnxNode node)
    {
        var (slope, shift) = (node.Float("alpha", 0.2f), node.Float("beta", Half));
        var name = Name(scope, node);
        if (MathF.Abs(slope - Sixth) < Tolerance && shift == Half)
        {
            Add(scope, node, new HardSigmoid(name));
            return;
        }

        var x = scope.Value(node.Inputs[0]);
        var channels = x.Features.Channels;
        var line = new Conv2d(scope.Names.Free($"{name}.line"), channels, channels, 1, groups: channels);
        scope.Weights.Add(
            line, ($"{line.Name}.weight", [.. Enumerable.Repeat(slope, channels)]), ($"{line.Name}.bias", [.. Enumerable.Repeat(shift, channels)]));
        scope.Add(node, new Clip(name, 0, 1), scope.Builder.Add(line, x.Node));
    }

    /// <remarks>Up to opset 12 it runs over all axes from the given one on, since then over that one alone.</remarks>
    public static void Softmax(ImportScope scope, OnnxNode node)
    {
        var (x, rank) = (scope.Value(node.Inputs[0]), scope.Call(node).Shape(0).Length);
        var isFlat = x.Features.Height == 1 && x.Features.Width == 1;
        var axis = TensorShape.Axis(node.Integer("axis", scope.Call(node).Opset < 13 ? 1 : -1), rank);
        if (axis != 1 || (scope.Call(node).Opset < 13 && !isFlat))
            throw new InvalidDataException($"it is supported over the channels, axis 1, got axis {axis} of {x.Features}.");
        Add(scope, node, new Softmax(Name(scope, node)));
    }

    public static void Dropout(ImportScope scope, OnnxNode node) => Add(scope, node, new Dropout(Name(scope, node), scope.Call(node).Float("ratio", 1, Half)));

    private static string Name(ImportScope scope, OnnxNode node) => scope.Names.Free(node.Name);

    private static void Add(ImportScope scope, OnnxNode node, Layer layer) => scope.Add(node, layer, scope.Value(node.Inputs[0]).Node);
}
