using System.Runtime.CompilerServices;
using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Layers.Pooling;

/// <summary>
/// The mean of each window; padding counts as zeros and is part of the count, as PyTorch's <c>nn.AvgPool2d</c> has it by default.
/// Without a size it is the global average pooling: one mean per channel.
/// </summary>
public sealed class AvgPool2d : TimedLayer
{
    private readonly PoolingWindow? _window;
    private PoolingWindow _current;
    private BlockedTensor? _y;
    private FeatureShape _input;

    /// <summary>Makes a pooling.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="size">Window height and width; the whole image if null.</param>
    /// <param name="stride">Step between windows; the window's size by default.</param>
    /// <param name="padding">Zeros that windows may reach into; at most half the window.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    /// <exception cref="ArgumentException">A stride or padding without a size.</exception>
    public AvgPool2d(string name, Size2D? size = null, Size2D? stride = null, Padding2D? padding = null)
        : base(name)
    {
        if (size is null && (stride is not null || padding is not null))
            throw new ArgumentException("a pooling over the whole image has neither stride nor padding.", nameof(size));
        _window = size is null ? null : new PoolingWindow(size.Value, stride, padding ?? 0);
    }

    private AvgPool2d(AvgPool2d other)
        : base(other.Name) => _window = other._window;

    internal override Layer Twin() => new AvgPool2d(this);

    internal override ChannelSpace Link(ChannelLinks links, ChannelSpace input) => input;

    private protected override BlockedTensor Run(BlockedTensor x, bool training)
    {
        var work = new ForwardWork(_current, x, _y!);
        Planes.Run(ref work, x, Workspace.Topology);
        return _y!;
    }

    private protected override BlockedTensor RunBackward(BlockedTensor dy)
    {
        var dx = Workspace.Gradients.Rent(dy.N, _input.Channels, _input.Height, _input.Width);
        var work = new BackwardWork(_current, dy, dx);
        Planes.Run(ref work, dx, Workspace.Topology);
        Workspace.Gradients.Return(dy);
        return dx;
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        _input = input;
        _current = _window ?? new PoolingWindow(new Size2D(input.Height, input.Width), null, 0);
        var output = _current.Output(input, Name);
        _y = Workspace.CreateTensor(output);
        return output;
    }

    private protected override void Release()
    {
        _y?.Dispose();
        _y = null;
    }

    private readonly unsafe struct ForwardWork(PoolingWindow window, BlockedTensor x, BlockedTensor y) : IPlaneWork
    {
        private readonly PoolingWindow _window = window;
        private readonly PlaneView _x = new(x);
        private readonly PlaneView _y = new(y);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var share = Lanes.Broadcast(1f / _window.Taps);
            for (var p = 0; p < _y.Height; p++)
            {
                var rows = WindowRange.At(p, _window.Stride.Height, _window.Padding.Top, _window.Size.Height, _x.Height);
                var y = _y.Row(plane, p);
                for (var q = 0; q < _y.Width; q++, y += Lanes.Count)
                {
                    var taps = WindowRange.At(q, _window.Stride.Width, _window.Padding.Left, _window.Size.Width, _x.Width);
                    var sum = Lanes.Zero;
                    for (var r = rows.First; r < rows.End; r++)
                    {
                        var row = _x.Row(plane, rows.Origin + r) + ((nint)taps.Origin * Lanes.Count);
                        for (var s = taps.First; s < taps.End; s++) sum += Lanes.Load(row + ((nint)s * Lanes.Count));
                    }

                    (sum * share).Store(y);
                }
            }
        }
    }

    private readonly unsafe struct BackwardWork(PoolingWindow window, BlockedTensor dy, BlockedTensor dx) : IPlaneWork
    {
        private readonly PoolingWindow _window = window;
        private readonly PlaneView _dy = new(dy);
        private readonly PlaneView _dx = new(dx);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var share = Lanes.Broadcast(1f / _window.Taps);
            _dx.Clear(plane);
            for (var p = 0; p < _dy.Height; p++)
            {
                var rows = WindowRange.At(p, _window.Stride.Height, _window.Padding.Top, _window.Size.Height, _dx.Height);
                var dy = _dy.Row(plane, p);
                for (var q = 0; q < _dy.Width; q++, dy += Lanes.Count)
                {
                    var taps = WindowRange.At(q, _window.Stride.Width, _window.Padding.Left, _window.Size.Width, _dx.Width);
                    var g = Lanes.Load(dy) * share;
                    for (var r = rows.First; r < rows.End; r++)
                    {
                        var row = _dx.Row(plane, rows.Origin + r) + ((nint)taps.Origin * Lanes.Count);
                        for (var s = taps.First; s < taps.End; s++)
                        {
                            var to = row + ((nint)s * Lanes.Count);
                            (Lanes.Load(to) + g).Store(to);
                        }
                    }
                }
            }
        }
    }
}
