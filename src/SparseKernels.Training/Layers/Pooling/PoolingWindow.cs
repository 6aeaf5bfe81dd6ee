using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Layers.Pooling;

/// <summary>
/// Where the windows of a pooling lie: <c>h = p·strideH + r − padTop</c> for r from 0 to height − 1, cut off at the image's border, and
/// likewise along W. Output sizes are rounded down, as PyTorch does by default.
/// </summary>
internal readonly record struct PoolingWindow
{
    public PoolingWindow(Size2D size, Size2D? stride, Padding2D padding)
    {
        (Size, Stride, Padding) = (size, stride ?? size, padding);
        Positive(size.Height, nameof(size));
        Positive(size.Width, nameof(size));
        Positive(Stride.Height, nameof(stride));
        Positive(Stride.Width, nameof(stride));

        // Otherwise a window could lie outside the image, where no maximum exists.
        if (padding.Top < 0 || padding.Bottom < 0 || padding.Left < 0 || padding.Right < 0
            || Math.Max(padding.Top, padding.Bottom) > size.Height / 2 || Math.Max(padding.Left, padding.Right) > size.Width / 2)
        {
            throw new ArgumentOutOfRangeException(
                nameof(padding), $"padding must be 0 or more and at most half the window of {size.Height}x{size.Width}, got {padding}.");
        }
    }

    public Size2D Size { get; }

    public Size2D Stride { get; }

    public Padding2D Padding { get; }

    public int Taps => Size.Height * Size.Width;

    public FeatureShape Output(FeatureShape input, string layer)
    {
        var height = input.Height + Padding.Top + Padding.Bottom;
        var width = input.Width + Padding.Left + Padding.Right;
        if (Size.Height > height || Size.Width > width)
            throw new ArgumentException($"{layer}: the window of {Size.Height}x{Size.Width} must fit the padded image of {height}x{width}, the layer before it gives {input}.", nameof(input));
        return new FeatureShape(input.Channels, ((height - Size.Height) / Stride.Height) + 1, ((width - Size.Width) / Stride.Width) + 1);
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
    public static WindowRange At(int output, int stride, int before, int taps, int size)
    {
        var origin = (output * stride) - before;
        return new(Math.Max(0, -origin), Math.Min(taps, size - origin), origin);
    }
}
