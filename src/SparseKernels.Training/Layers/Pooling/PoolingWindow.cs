using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Layers.Pooling;

/// <summary>
/// Where the windows of a pooling lie: <c>h = p·strideH + r·dilationH − padTop</c> for r from 0 to height − 1, cut off at the image's
/// border, and likewise along W. Output sizes are rounded down, or in ceil mode up, where a last window that would begin behind the image and
/// the padding before it is left out, as PyTorch does.
/// </summary>
internal readonly record struct PoolingWindow
{
    private readonly bool _ceil;

    public PoolingWindow(Size2D size, Size2D? stride, Padding2D padding, bool ceilMode = false, Size2D? dilation = null)
    {
        (Size, Stride, Padding, Dilation, _ceil) = (size, stride ?? size, padding, dilation ?? 1, ceilMode);
        Positive(size.Height, nameof(size));
        Positive(size.Width, nameof(size));
        Positive(Stride.Height, nameof(stride));
        Positive(Stride.Width, nameof(stride));
        Positive(Dilation.Height, nameof(dilation));
        Positive(Dilation.Width, nameof(dilation));

        // Otherwise a window could lie outside the image, where no maximum exists.
        if (padding.Top < 0 || padding.Bottom < 0 || padding.Left < 0 || padding.Right < 0
            || Math.Max(padding.Top, padding.Bottom) > size.Height / 2 || Math.Max(padding.Left, padding.Right) > size.Width / 2)
        {
            throw new ArgumentOutOfRangeException(
                nameof(padding), $"padding must be 0 or more and at most half the window of {size.Height}x{size.Width}, got {padding}.");
        }
    }

    public bool CeilMode => _ceil;

    public Size2D Size { get; }

    public Size2D Stride { get; }

    public Padding2D Padding { get; }

    public Size2D Dilation { get; }

    public int Taps => Size.Height * Size.Width;

    public FeatureShape Output(FeatureShape input, string layer)
    {
        var (top, left) = (Padding.Top, Padding.Left);
        var height = Outputs(input.Height, top, Padding.Bottom, Reach(Size.Height, Dilation.Height), Stride.Height);
        var width = Outputs(input.Width, left, Padding.Right, Reach(Size.Width, Dilation.Width), Stride.Width);
        if (height < 1 || width < 1)
            throw new ArgumentException(
                $"{layer}: the window of {Reach(Size.Height, Dilation.Height)}x{Reach(Size.Width, Dilation.Width)} must fit the padded image of "
                + $"{input.Height + top + Padding.Bottom}x{input.Width + left + Padding.Right}, the layer before it gives {input}.", nameof(input));

        // Taps that lie apart can all fall beside a small image.
        for (var p = 0; p < height; p++) NotEmpty(Rows(p, input.Height), layer, input);
        for (var q = 0; q < width; q++) NotEmpty(Columns(q, input.Width), layer, input);
        return new FeatureShape(input.Channels, height, width);
    }

    /// <summary>The taps of a row of outputs that lie inside an image of a height.</summary>
    public WindowRange Rows(int p, int height) => WindowRange.At(p, Stride.Height, Padding.Top, Size.Height, height, Dilation.Height);

    /// <summary>The taps of a column of outputs that lie inside an image of a width.</summary>
    public WindowRange Columns(int q, int width) => WindowRange.At(q, Stride.Width, Padding.Left, Size.Width, width, Dilation.Width);

    private static long Reach(int taps, int dilation) => ((taps - 1L) * dilation) + 1;

    private int Outputs(int size, int before, int after, long reach, int stride)
    {
        // In ceil mode even the first window may reach beyond the image, by less than a stride.
        var left = (long)size + before + after - reach + (_ceil ? stride - 1 : 0);
        if (left < 0) return 0;
        var outputs = (left / stride) + 1;
        return (int)(_ceil && (outputs - 1) * stride >= size + before ? outputs - 1 : outputs);
    }

    private void NotEmpty(WindowRange range, string layer, FeatureShape input)
    {
        if (range.First >= range.End)
            throw new ArgumentException(
                $"{layer}: every window must meet the image, but one of {Size.Height}x{Size.Width} at dilation "
                + $"{Dilation.Height}x{Dilation.Width} lies beside all pixels of {input}.", nameof(input));
    }

    private static void Positive(int value, string argument)
    {
        if (value < 1) throw new ArgumentOutOfRangeException(argument, $"{argument} of a pooling must be 1 or more, got {value}.");
    }
}

/// <summary>The part of one window along one direction that lies inside the image.</summary>
/// <param name="First">Its first tap.</param>
/// <param name="End">Behind its last tap.</param>
/// <param name="Origin">Where tap 0 lies; negative in the padding.</param>
internal readonly record struct WindowRange(int First, int End, int Origin)
{
    public static WindowRange At(int output, int stride, int before, int taps, int size, int dilation = 1)
    {
        var origin = (output * stride) - before;
        return dilation == 1
            ? new(Math.Max(0, -origin), Math.Min(taps, size - origin), origin)
            : new((Math.Max(0, -origin) + dilation - 1) / dilation, Math.Min(taps, (size - origin + dilation - 1) / dilation), origin);
    }
}
