using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>How an image is resized (Resize and Upsample of the ONNX standard).</summary>
/// <param name="Height">Rows of the result.</param>
/// <param name="Width">Columns of the result.</param>
/// <param name="IsBilinear">Bilinear; otherwise the nearest element.</param>
/// <param name="AlignCorners">Whether the corners' centres stay where they are.</param>
internal sealed record Resizing(int Height, int Width, bool IsBilinear, bool AlignCorners)
{
    public static Resizing Of(OperatorCall call)
    {
        var (x, node) = (call.Image(0), call.Node);
        var isUpsample = node.Operator == "Upsample";

        // Up to opset 10 the scales are the second input, and elements are asymmetric's.
        var isFirst = !isUpsample && call.Opset < 11;
        var scales = isUpsample || isFirst ? call.Floats("scales", 1) : call.Node.HasInput(2) && call.Known(2).Length > 0 ? call.Known(2).Floats : null;
        var sizes = !isUpsample && !isFirst && node.HasInput(3) ? call.Known(3).Integers : null;
        int[] shape = sizes is not null ? TensorShape.FromLongs(sizes) : Scaled(scales
            ?? throw new InvalidDataException("it has neither sizes nor scales."), x);
        if (node.Integers("axes") is not null) throw new InvalidDataException("axes are not supported.");
        if (node.Text("keep_aspect_ratio_policy", "stretch") != "stretch") throw new InvalidDataException("keep_aspect_ratio_policy must be stretch.");
        if (shape.Length != 4 || shape[1] != x[1] || Math.Min(shape[2], shape[3]) < 1)
            throw new InvalidDataException($"rows and columns can be resized, got {TensorShape.Text(shape)} from {TensorShape.Text(x)}.");
        var rounding = node.Text("nearest_mode", isUpsample || isFirst ? "floor" : "round_prefer_floor");
        var coordinates = isUpsample || isFirst ? "asymmetric" : node.Text("coordinate_transformation_mode", "half_pixel");
        return node.Text("mode", "nearest") switch
        {
            "nearest" => IsNearest(x, shape, scales, coordinates, rounding)
                ? new Resizing(shape[2], shape[3], IsBilinear: false, AlignCorners: false)
                : throw new InvalidDataException(
                    $"nearest with {coordinates} and {rounding} is not supported for {TensorShape.Text(x)} to {TensorShape.Text(shape)}."),
            "linear" or "bilinear" when scales is not null && shape.Where((size, i) => size != x[i] * scales[i]).Any()
                => throw new InvalidDataException($"linear with scales that give no whole sizes is not supported: {string.Join(", ", scales)}."),
            "linear" or "bilinear" => new Resizing(shape[2], shape[3], IsBilinear: true, AlignCorners: Aligns(x, shape, coordinates)),
            var mode => throw new InvalidDataException($"mode must be nearest or linear, got {mode}."),
        };
    }

    public int[] Shape(OperatorCall call) => [.. call.Image(0)[..2], Height, Width];

    private static int[] Scaled(float[] scales, int[] shape) => scales.Length == shape.Length && scales.All(scale => scale > 0)
        ? [.. shape.Select((size, i) => checked((int)MathF.Floor(size * scales[i])))]
        : throw new InvalidDataException($"scales must be {shape.Length} numbers over 0, got {string.Join(", ", scales)}.");

    /// <summary>Whether each row and column comes from where our layer takes it: element floor(i · from / to).</summary>
    private static bool IsNearest(int[] from, int[] to, float[]? scales, string coordinates, string rounding) =>
        IsNearest(from[2], to[2], scales?[2], coordinates, rounding) && IsNearest(from[3], to[3], scales?[3], coordinates, rounding);

    private static bool IsNearest(int from, int to, float? scale, string coordinates, string rounding)
    {
        for (var i = 0; i < to; i++)
        {
            var place = Place(i, from, to, scale ?? ((double)to / from), coordinates);
            var index = rounding switch
            {
                "floor" => Math.Floor(place),
                "ceil" => Math.Ceiling(place),
                "round_prefer_ceil" => Math.Floor(place + 0.5),
                _ => Math.Ceiling(place - 0.5),
            };
            if ((int)Math.Clamp(index, 0, from - 1) != (int)((long)i * from / to)) return false;
        }

        return true;
    }

    private static double Place(int i, int from, int to, double scale, string coordinates) => coordinates switch
    {
        "asymmetric" => i / scale,
        "align_corners" => to == 1 ? 0 : i * (from - 1.0) / (to - 1),
        "pytorch_half_pixel" when to == 1 => 0,
        "half_pixel" or "pytorch_half_pixel" => ((i + 0.5) / scale) - 0.5,
        _ => throw new InvalidDataException($"the coordinate_transformation_mode {coordinates} is not supported."),
    };

    private static bool Aligns(int[] from, int[] to, string coordinates) => coordinates switch
    {
        "align_corners" => true,
        "half_pixel" => false,
        "pytorch_half_pixel" when to[2] > 1 && to[3] > 1 => false,
        _ when from[2] == to[2] && from[3] == to[3] => false,
        _ => throw new InvalidDataException($"linear with the coordinate_transformation_mode {coordinates} is not supported."),
    };
}
