using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>The window of a transposed convolution (ConvTranspose of the ONNX standard).</summary>
/// <param name="Window">Filter, stride, dilation, and the padding that is cut from the result.</param>
/// <param name="OutputPadding">Rows and columns added at the end.</param>
internal sealed record TransposedWindow(WindowPadding Window, Size2D OutputPadding)
{
    public static TransposedWindow Of(OperatorCall call)
    {
        var (x, w) = (call.Image(0), ConvolutionWindow.Weights(call));
        var node = call.Node;
        var (stride, dilation) = (WindowPadding.Pair(node, "strides", 1), WindowPadding.Pair(node, "dilations", 1));
        var extra = node.Integers("output_padding") ?? [0, 0];
        var pads = node.Integers("pads") ?? [0, 0, 0, 0];
        if (extra is not [>= 0 and < int.MaxValue, >= 0 and < int.MaxValue]) throw new InvalidDataException("output_padding must be two numbers of 0 or more.");
        if (pads.Length != 4 || pads.Any(side => side < 0 || side > int.MaxValue)) throw new InvalidDataException("pads must be four numbers of 0 or more.");
        var mode = node.Text("auto_pad", "NOTSET");
        var asked = node.Integers("output_shape");
        var rows = Side(0, x[2], w.Shape[2], stride.Height, dilation.Height);
        var columns = Side(1, x[3], w.Shape[3], stride.Width, dilation.Width);
        return new TransposedWindow(
            new WindowPadding(new Size2D(w.Shape[2], w.Shape[3]), stride, new Padding2D(rows.Before, rows.After, columns.Before, columns.After), dilation),
            new Size2D(rows.Extra, columns.Extra));

        // Padding and what is added at the end, of the attributes or of the size that is asked for.
        (int Before, int After, int Extra) Side(int axis, int size, int kernel, int stride, int dilation)
        {
            var added = (int)extra[axis];
            if (asked is null && mode is "NOTSET" or "") return ((int)pads[axis], (int)pads[axis + 2], added);
            if (asked is null && mode == "VALID") return (0, 0, added);
            var wanted = asked is null ? size * stride : TensorShape.FromLongs([asked[^(2 - axis)]])[0];
            var total = ((size - 1) * stride) + ((kernel - 1) * dilation) + 1 + added - wanted;
            if (total < 0) return (0, 0, added - total);
            return mode == "SAME_UPPER" ? (total / 2, total - (total / 2), added) : (total - (total / 2), total / 2, added);
        }
    }

    public int[] Shape(OperatorCall call)
    {
        var (x, w) = (call.Image(0), ConvolutionWindow.Weights(call));
        var groups = ConvolutionWindow.Groups(call.Node);
        if (x[1] != w.Shape[0] || x[1] % groups != 0) throw new InvalidDataException($"weights {w} in {groups} groups don't fit an input of {x[1]} channels.");
        ConvolutionWindow.CheckBias(call, w.Shape[1] * groups);
        var (kernel, stride, padding, dilation) = Window;
        int[] shape =
        [
            x[0], w.Shape[1] * groups,
            ((x[2] - 1) * stride.Height) + ((kernel.Height - 1) * dilation.Height) + 1 + OutputPadding.Height - padding.Top - padding.Bottom,
            ((x[3] - 1) * stride.Width) + ((kernel.Width - 1) * dilation.Width) + 1 + OutputPadding.Width - padding.Left - padding.Right,
        ];
        return Math.Min(shape[2], shape[3]) > 0 ? shape
            : throw new InvalidDataException($"its padding leaves nothing of the result: {TensorShape.Text(shape)}.");
    }
}
