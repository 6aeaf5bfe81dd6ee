using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>The window of a convolution (Conv of the ONNX standard).</summary>
internal static class ConvolutionWindow
{
    public static WindowPadding Of(OperatorCall call)
    {
        var (x, w) = (call.Image(0), Weights(call));
        var kernel = new Size2D(w.Shape[2], w.Shape[3]);
        if (call.Node.HasAttribute("kernel_shape") && WindowPadding.Pair(call.Node, "kernel_shape", null) != kernel)
            throw new InvalidDataException($"kernel_shape is another than that of the weights {w}.");
        return WindowPadding.Of(call.Node, kernel, x[2], x[3]);
    }

    public static int[] Shape(OperatorCall call)
    {
        var (x, w, window) = (call.Image(0), Weights(call), Of(call));
        var groups = Groups(call.Node);
        if (x[1] % groups != 0 || w.Shape[0] % groups != 0 || x[1] / groups != w.Shape[1])
            throw new InvalidDataException($"weights {w} in {groups} groups don't fit an input of {x[1]} channels.");
        CheckBias(call, w.Shape[0]);
        var (height, width) = (
            WindowPadding.Count(x[2], window.Kernel.Height, window.Stride.Height, window.Dilation.Height, window.Padding.Top, window.Padding.Bottom),
            WindowPadding.Count(x[3], window.Kernel.Width, window.Stride.Width, window.Dilation.Width, window.Padding.Left, window.Padding.Right));
        return [x[0], w.Shape[0], height, width];
    }

    /// <summary>The weights, which must be four-dimensional floats.</summary>
    public static ConstantTensor Weights(OperatorCall call) => call.Known(1) is { IsFloat: true, Shape: [> 0, > 0, > 0, > 0] } weights
        ? weights
        : throw new InvalidDataException($"its weights must be floats [K, C, R, S], got {call.Known(1)}.");

    public static int Groups(OnnxNode node) =>
        node.Integer("group", 1) is >= 1 and <= int.MaxValue and var groups ? (int)groups
            : throw new InvalidDataException($"group must be 1 or more, got {node.Integer("group", 1)}.");

    public static void CheckBias(OperatorCall call, int outputs)
    {
        if (call.Node.HasInput(2) && !(call.Known(2) is { IsFloat: true, Shape: [var size] } && size == outputs))
            throw new InvalidDataException($"its bias must be floats [{outputs}], got {call.Known(2)}.");
    }
}
