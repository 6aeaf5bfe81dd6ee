namespace SparseKernels.Onnx.Folding;

/// <summary>The window of a pooling (MaxPool and AveragePool of the ONNX standard).</summary>
/// <param name="Window">Its size, step, padding and dilation.</param>
/// <param name="Ceil">Whether windows may reach past the padding.</param>
/// <param name="CountsPadding">Whether padding counts in a mean.</param>
internal sealed record PoolingForm(WindowPadding Window, bool Ceil, bool CountsPadding)
{
    public static PoolingForm Of(OperatorCall call)
    {
        var x = call.Image(0);
        if (call.Node.Integer("storage_order", 0) != 0) throw new InvalidDataException("storage_order must be 0.");
        return new PoolingForm(
            WindowPadding.Of(call.Node, WindowPadding.Pair(call.Node, "kernel_shape", null), x[2], x[3]), call.Node.Integer("ceil_mode", 0) != 0,
            call.Node.Integer("count_include_pad", 0) != 0);
    }

    public int[] Shape(OperatorCall call)
    {
        var x = call.Image(0);
        var (kernel, stride, padding, dilation) = Window;
        return
        [
            x[0], x[1],
            WindowPadding.Count(x[2], kernel.Height, stride.Height, dilation.Height, padding.Top, padding.Bottom, Ceil),
            WindowPadding.Count(x[3], kernel.Width, stride.Width, dilation.Width, padding.Left, padding.Right, Ceil),
        ];
    }
}
