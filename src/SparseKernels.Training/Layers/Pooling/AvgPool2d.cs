using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Layers.Pooling;

/// <summary>
/// The mean of each window; padding counts as zeros and, unless told otherwise, is part of the count, as PyTorch's <c>nn.AvgPool2d</c>
/// has it. Without a size it is the global average pooling: one mean per channel.
/// </summary>
public sealed class AvgPool2d : MeanPooling
{
    private readonly PoolingWindow? _window;
    private readonly bool _countIncludePadding;

    /// <summary>Makes a pooling.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="size">Window height and width; the whole image if null.</param>
    /// <param name="stride">Step between windows; the window's size by default.</param>
    /// <param name="padding">Zeros that windows may reach into, each side its own; at most half the window.</param>
    /// <param name="ceilMode">
    /// Whether output sizes are rounded up, so that the last window may reach past the padding; what lies there never counts.
    /// </param>
    /// <param name="countIncludePadding">Whether the padding inside a window counts; if not, the sum is divided by the pixels in it.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    /// <exception cref="ArgumentException">A stride, padding or ceil mode without a size.</exception>
    public AvgPool2d(
        string name, Size2D? size = null, Size2D? stride = null, Padding2D? padding = null, bool ceilMode = false, bool countIncludePadding = true)
        : base(name)
    {
        if (size is null && (stride is not null || padding is not null || ceilMode))
            throw new ArgumentException("a pooling over the whole image has neither stride nor padding nor ceil mode.", nameof(size));
        _window = size is null ? null : new PoolingWindow(size.Value, stride, padding ?? 0, ceilMode);
        _countIncludePadding = countIncludePadding;
    }

    private AvgPool2d(AvgPool2d other)
        : base(other.Name) => (_window, _countIncludePadding) = (other._window, other._countIncludePadding);

    /// <summary>Where its windows lie; null for one over the whole image.</summary>
    internal PoolingWindow? Window => _window;

    /// <summary>Whether padding counts.</summary>
    internal bool CountIncludePadding => _countIncludePadding;

    internal override Layer Twin() => new AvgPool2d(this);

    private protected override (MeanRange[] Rows, MeanRange[] Columns) Ranges(FeatureShape input)
    {
        var window = _window ?? new PoolingWindow(new Size2D(input.Height, input.Width), null, 0);
        var output = window.Output(input, Name);
        var (rows, columns) = (new MeanRange[output.Height], new MeanRange[output.Width]);
        for (var p = 0; p < rows.Length; p++)
            rows[p] = Mean(window.Rows(p, input.Height), window.Size.Height, input.Height + window.Padding.Bottom);
        for (var q = 0; q < columns.Length; q++)
            columns[q] = Mean(window.Columns(q, input.Width), window.Size.Width, input.Width + window.Padding.Right);
        return (rows, columns);
    }

    private MeanRange Mean(WindowRange range, int taps, int padded) =>
        new(
            range.Origin + range.First, range.Origin + range.End,
            _countIncludePadding ? Math.Min(taps, padded - range.Origin) : range.End - range.First);
}
