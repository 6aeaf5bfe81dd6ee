namespace SparseKernels.TorchSharp.Sketching;

/// <summary>Sizes as torch's modules have them: one number for both directions, or height and width.</summary>
internal static class Windows
{
    /// <summary>The size; null where it is none of ours.</summary>
    /// <param name="sizes">One or two numbers; null for the default.</param>
    /// <param name="byDefault">The default.</param>
    public static Size2D? Size(long[]? sizes, Size2D? byDefault = null) => sizes switch
    {
        null or [] => byDefault,
        [var both] when Fits(both) => new Size2D((int)both, (int)both),
        [var height, var width] when Fits(height) && Fits(width) => new Size2D((int)height, (int)width),
        _ => null,
    };

    /// <summary>The same zeros on opposite sides.</summary>
    public static Padding2D Padding(Size2D size) => new(size.Height, size.Height, size.Width, size.Width);

    /// <summary>The zeros of torch's <c>padding='same'</c> for stride 1: the odd one below and to the right.</summary>
    public static Padding2D Same(Size2D kernel, Size2D dilation)
    {
        var (rows, columns) = (dilation.Height * (kernel.Height - 1), dilation.Width * (kernel.Width - 1));
        return new(rows / 2, rows - (rows / 2), columns / 2, columns - (columns / 2));
    }

    private static bool Fits(long size) => size is >= 0 and <= 1 << 20;
}
