using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>How a window moves over an image, as the attributes of convolutions and poolings say it.</summary>
/// <param name="Kernel">Window height and width.</param>
/// <param name="Stride">Step between windows.</param>
/// <param name="Padding">Elements around the image.</param>
/// <param name="Dilation">Step between taps.</param>
internal sealed record WindowPadding(Size2D Kernel, Size2D Stride, Padding2D Padding, Size2D Dilation)
{
    /// <summary>Reads strides, dilations, pads and auto_pad.</summary>
    /// <param name="node">The node.</param>
    /// <param name="kernel">The size of the window.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <returns>The window.</returns>
    /// <exception cref="InvalidDataException">An attribute is out of its range.</exception>
    public static WindowPadding Of(OnnxNode node, Size2D kernel, int height, int width)
    {
        var (stride, dilation) = (Pair(node, "strides", 1), Pair(node, "dilations", 1));
        var pads = node.Integers("pads") ?? [0, 0, 0, 0];
        if (pads.Length != 4 || pads.Any(side => side < 0 || side > int.MaxValue))
            throw new InvalidDataException($"pads must be four numbers of 0 or more, got {string.Join(", ", pads)}.");
        var padding = node.Text("auto_pad", "NOTSET") switch
        {
            "NOTSET" or "" => new Padding2D((int)pads[0], (int)pads[2], (int)pads[1], (int)pads[3]),
            "VALID" => 0,
            "SAME_UPPER" => Same(isUpper: true),
            "SAME_LOWER" => Same(isUpper: false),
            var other => throw new InvalidDataException($"auto_pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER, got {other}."),
        };
        return new WindowPadding(kernel, stride, padding, dilation);

        Padding2D Same(bool isUpper)
        {
            var (rows, columns) = (Total(height, kernel.Height, stride.Height, dilation.Height), Total(width, kernel.Width, stride.Width, dilation.Width));
            var (top, left) = isUpper ? (rows / 2, columns / 2) : (rows - (rows / 2), columns - (columns / 2));
            return new Padding2D(top, rows - top, left, columns - left);
        }

        static int Total(int size, int kernel, int stride, int dilation) =>
            Math.Max(0, ((((size + stride - 1) / stride) - 1) * stride) + ((kernel - 1) * dilation) + 1 - size);
    }

    /// <summary>Two sizes of 1 or more.</summary>
    /// <exception cref="InvalidDataException">They are others.</exception>
    public static Size2D Pair(OnnxNode node, string name, int? byDefault)
    {
        var values = node.Integers(name);
        if (values is null && byDefault is { } both) return both;
        return values is [>= 1 and <= int.MaxValue, >= 1 and <= int.MaxValue]
            ? new Size2D((int)values[0], (int)values[1])
            : throw new InvalidDataException($"{name} must be two numbers of 1 or more, got {(values is null ? "none" : string.Join(", ", values))}.");
    }

    /// <summary>How many windows fit along a side.</summary>
    /// <exception cref="InvalidDataException">None fits.</exception>
    public static int Count(int size, int kernel, int stride, int dilation, int before, int after, bool ceil = false)
    {
        var free = (long)size + before + after - (((long)kernel - 1) * dilation) - 1;
        if (free < 0) throw new InvalidDataException($"a window of {kernel} (dilation {dilation}) doesn't fit {size} with padding {before} and {after}.");
        var count = ((ceil ? free + stride - 1 : free) / stride) + 1;

        // The last window begins inside the image or the padding before it.
        if (ceil && (count - 1) * stride >= (long)size + before) count--;
        return (int)count;
    }
}
