using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Layers.Reshaping;

/// <summary>
/// An image of another size, by the nearest pixel or by bilinear interpolation, as PyTorch's <c>nn.Upsample</c> with <c>size</c> or
/// <c>scale_factor</c>. It may make images smaller too.
/// </summary>
public sealed class Upsample2d : ResizingLayer
{
    private readonly Size2D? _size;
    private readonly float _scaleHeight;
    private readonly float _scaleWidth;
    private readonly UpsampleMode _mode;
    private int[] _rows = [];
    private int[] _columns = [];
    private Between[] _betweenRows = [];
    private Between[] _betweenColumns = [];

    private Upsample2d(string name, Size2D? size, float scaleHeight, float scaleWidth, UpsampleMode mode)
        : base(name) => (_size, _scaleHeight, _scaleWidth, _mode) = (size, scaleHeight, scaleWidth, mode);

    /// <summary>Makes a layer whose output has a size, whatever the input's.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="size">Output height and width; 1 or more.</param>
    /// <param name="mode">Where pixels come from.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static Upsample2d ToSize(string name, Size2D size, UpsampleMode mode = UpsampleMode.Nearest)
    {
        if (size.Height < 1 || size.Width < 1)
            throw new ArgumentOutOfRangeException(nameof(size), $"size of {name} must be 1x1 or more, got {size.Height}x{size.Width}.");
        return new(name, size, 0, 0, Known(mode));
    }

    /// <summary>Makes a layer whose output is larger than its input by two factors, rounded down to whole pixels.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="height">Output height over input height; over 0.</param>
    /// <param name="width">Output width over input width; over 0.</param>
    /// <param name="mode">Where pixels come from.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static Upsample2d ByScale(string name, float height, float width, UpsampleMode mode = UpsampleMode.Nearest) =>
        new(name, null, Positive(height, nameof(height)), Positive(width, nameof(width)), Known(mode));

    /// <summary>Where pixels come from.</summary>
    internal UpsampleMode Mode => _mode;

    /// <summary>The size of the output, or the scale of height and width where there is none.</summary>
    internal (Size2D? Size, float Height, float Width) Target => (_size, _scaleHeight, _scaleWidth);

    internal override Layer Twin() => new Upsample2d(Name, _size, _scaleHeight, _scaleWidth, _mode);

    private protected override void Write(BlockedTensor x, BlockedTensor y)
    {
        if (_mode == UpsampleMode.Nearest) Sweep(new PixelMap(_rows, _columns, 0, x, y), y);
        else Sweep(new Interpolation(_betweenRows, _betweenColumns, x, y), y);
    }

    private protected override void WriteGradient(BlockedTensor dy, BlockedTensor dx)
    {
        if (_mode == UpsampleMode.Nearest) Sweep(new PixelMapBackward(_rows, _columns, dy, dx), dy);
        else Sweep(new InterpolationBackward(_betweenRows, _betweenColumns, dy, dx), dy);
    }

    private protected override FeatureShape Resize(FeatureShape input)
    {
        var (height, width) = (Outputs(input.Height, _size?.Height, _scaleHeight, input), Outputs(input.Width, _size?.Width, _scaleWidth, input));
        if (_mode == UpsampleMode.Nearest)
        {
            (_rows, _columns) = (Nearest(input.Height, height, _scaleHeight), Nearest(input.Width, width, _scaleWidth));
        }
        else
        {
            _betweenRows = Betweens(input.Height, height, _scaleHeight);
            _betweenColumns = Betweens(input.Width, width, _scaleWidth);
        }

        return new FeatureShape(input.Channels, height, width);
    }

    private static float Positive(float scale, string argument) => scale > 0 && float.IsFinite(scale)
        ? scale
        : throw new ArgumentOutOfRangeException(argument, $"{argument} must be over 0 and finite, got {scale}.");

    private static UpsampleMode Known(UpsampleMode mode) => Enum.IsDefined(mode)
        ? mode
        : throw new ArgumentOutOfRangeException(nameof(mode), mode, $"mode must be one of {string.Join(", ", Enum.GetNames<UpsampleMode>())}.");

    /// <summary>Input pixels for each output pixel: the scale that was asked for, not that of the rounded sizes, as PyTorch has it.</summary>
    private static float Step(int size, int outputs, float scale) => scale > 0 ? (float)(1.0 / scale) : (float)size / outputs;

    private static int[] Nearest(int size, int outputs, float scale)
    {
        var step = Step(size, outputs, scale);
        return [.. Enumerable.Range(0, outputs).Select(i => Math.Min((int)MathF.Floor(i * step), size - 1))];
    }

    private Between[] Betweens(int size, int outputs, float scale)
    {
        var corners = _mode == UpsampleMode.BilinearAlignedCorners;
        var step = corners ? outputs > 1 ? (float)(size - 1) / (outputs - 1) : 0 : Step(size, outputs, scale);
        var betweens = new Between[outputs];
        for (var i = 0; i < outputs; i++)
        {
            var at = corners ? i * step : Math.Max(0, ((i + 0.5f) * step) - 0.5f);
            var first = Math.Min((int)at, size - 1);
            betweens[i] = new(first, Math.Min(first + 1, size - 1), Math.Clamp(at - first, 0, 1));
        }

        return betweens;
    }

    private int Outputs(int size, int? wanted, float scale, FeatureShape input)
    {
        var outputs = wanted ?? Math.Floor((double)size * scale);
        if (!(outputs >= 1 && outputs <= int.MaxValue))
            throw new ArgumentException($"{Name} must have an output of 1x1 or more, but its scale makes a side of {outputs} of {input}.", nameof(input));
        return (int)outputs;
    }

    private void Sweep<TWork>(TWork work, BlockedTensor largest)
        where TWork : struct, IPlaneWork => Planes.Run(ref work, largest, Workspace.Topology);
}
