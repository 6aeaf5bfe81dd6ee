using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.Pooling;

/// <summary>
/// The largest value of each window, the first of equal ones; padding counts as −∞ and NaN as largest, as PyTorch's <c>nn.MaxPool2d</c>
/// has it. Where each maximum lay is kept as one byte, so Backward reads neither x nor y.
/// </summary>
public sealed class MaxPool2d : TimedLayer
{
    private const int MostTaps = 256;

    private readonly PoolingWindow _window;
    private BlockedTensor? _y;
    private byte[] _winners = [];
    private FeatureShape _input;

    /// <summary>Makes a pooling.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="size">Window height and width, 256 pixels at most.</param>
    /// <param name="stride">Step between windows; the window's size by default.</param>
    /// <param name="padding">Border that windows may reach into; at most half the window.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public MaxPool2d(string name, Size2D size, Size2D? stride = null, Padding2D? padding = null)
        : base(name)
    {
        _window = new PoolingWindow(size, stride, padding ?? 0);
        if ((long)size.Height * size.Width > MostTaps)
            throw new ArgumentOutOfRangeException(
                nameof(size), $"size must cover {MostTaps} pixels at most, got {size.Height}x{size.Width}.");
    }

    private MaxPool2d(MaxPool2d other)
        : base(other.Name) => _window = other._window;

    internal override Layer Twin() => new MaxPool2d(this);

    internal override ChannelSpace Link(ChannelLinks links, ChannelSpace input) => input;

    private protected override BlockedTensor Run(BlockedTensor x, bool training)
    {
        var nonZeros = OutputZeros.Words();
        if (nonZeros.AreWanted) Pool<On>(x, nonZeros);
        else Pool<Off>(x, nonZeros);
        OutputZeros.Take();
        return _y!;
    }

    private void Pool<TCount>(BlockedTensor x, NonZeroWords nonZeros)
        where TCount : struct, ISwitch
    {
        var work = new ForwardWork<TCount>(_window, x, _y!, _winners, nonZeros);
        Planes.Run(ref work, x, Workspace.Topology);
    }

    private protected override BlockedTensor RunBackward(BlockedTensor dy)
    {
        var dx = Workspace.Gradients.Rent(dy.N, _input.Channels, _input.Height, _input.Width);
        var work = new BackwardWork(_window, dy, dx, _winners, InputZeros.GradientCounts);
        Planes.Run(ref work, dx, Workspace.Topology);
        InputZeros.TakeGradient();
        Workspace.Gradients.Return(dy);
        return dx;
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        _input = input;
        var output = _window.Output(input, Name);
        _y = Workspace.CreateTensor(output);
        _winners = GC.AllocateArray<byte>(Winner.LengthFor(_y), pinned: true);
        return output;
    }

    /// <remarks>
    /// Where the maximum of a ReLU's output is zero, so is the pixel that gave it, and the ReLU lets no gradient through there.
    /// </remarks>
    private protected override ActivationZeros DescribeZeros(FeatureShape output) =>
        ActivationZeros.Counted(Workspace.Batch, output, InputZeros.GatesGradient);

    private protected override void Release()
    {
        _y?.Dispose();
        (_y, _winners) = (null, []);
    }

    private readonly unsafe struct ForwardWork<TCount>(PoolingWindow window, BlockedTensor x, BlockedTensor y, byte[] winners, NonZeroWords nonZeros) : IPlaneWork
        where TCount : struct, ISwitch
    {
        private readonly PoolingWindow _window = window;
        private readonly PlaneView _x = new(x);
        private readonly PlaneView _y = new(y);
        private readonly byte* _winners = (byte*)Unsafe.AsPointer(ref winners[0]);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var element = (nint)plane * _y.Height * _y.Width * Lanes.Count;
            for (var p = 0; p < _y.Height; p++)
            {
                var rows = WindowRange.At(p, _window.Stride.Height, _window.Padding.Top, _window.Size.Height, _x.Height);
                var y = _y.Row(plane, p);
                for (var q = 0; q < _y.Width; q++, y += Lanes.Count, element += Lanes.Count)
                {
                    var taps = WindowRange.At(q, _window.Stride.Width, _window.Padding.Left, _window.Size.Width, _x.Width);
                    var best = Largest(_x.Row(plane, rows.Origin + rows.First), rows, taps, _winners + element);
                    best.Store(y);
                    if (TCount.IsOn) nonZeros.Write(element, best);
                }
            }

            if (TCount.IsOn) nonZeros.Count(plane);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Lanes Largest(float* row, WindowRange rows, WindowRange taps, byte* winner)
        {
            row += (nint)taps.Origin * Lanes.Count;
            var best = Lanes.Load(row + ((nint)taps.First * Lanes.Count));
            var first = Vector256.Create((rows.First * _window.Size.Width) + taps.First);
            var (low, high) = (first, first);
            for (var r = rows.First; r < rows.End; r++, row += _x.RowStep)
            {
                for (var s = taps.First; s < taps.End; s++)
                {
                    var value = Lanes.Load(row + ((nint)s * Lanes.Count));
                    var tap = Vector256.Create((r * _window.Size.Width) + s);
                    var (lowWins, highWins) = (Winner.Beats(value.Low, best.Low), Winner.Beats(value.High, best.High));
                    best = new Lanes(
                        Vector256.ConditionalSelect(lowWins, value.Low, best.Low),
                        Vector256.ConditionalSelect(highWins, value.High, best.High));
                    low = Vector256.ConditionalSelect(lowWins.AsInt32(), tap, low);
                    high = Vector256.ConditionalSelect(highWins.AsInt32(), tap, high);
                }
            }

            Winner.Store(low, high, winner);
            return best;
        }
    }

    private readonly unsafe struct BackwardWork(PoolingWindow window, BlockedTensor dy, BlockedTensor dx, byte[] winners, PlaneCounts? counts) : IPlaneWork
    {
        private readonly PoolingWindow _window = window;
        private readonly PlaneView _dy = new(dy);
        private readonly PlaneView _dx = new(dx);
        private readonly byte* _winners = (byte*)Unsafe.AsPointer(ref winners[0]);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var winner = _winners + ((nint)plane * _dy.Height * _dy.Width * Lanes.Count);
            _dx.Clear(plane);
            for (var p = 0; p < _dy.Height; p++)
            {
                var rows = WindowRange.At(p, _window.Stride.Height, _window.Padding.Top, _window.Size.Height, _dx.Height);
                var dy = _dy.Row(plane, p);
                for (var q = 0; q < _dy.Width; q++, dy += Lanes.Count, winner += Lanes.Count)
                {
                    var taps = WindowRange.At(q, _window.Stride.Width, _window.Padding.Left, _window.Size.Width, _dx.Width);
                    Scatter(_dx.Row(plane, rows.Origin + rows.First), rows, taps, Lanes.Load(dy), winner);
                }
            }

            counts?.Count(plane, _dx.Row(0, 0));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Scatter(float* row, WindowRange rows, WindowRange taps, Lanes g, byte* winner)
        {
            row += (nint)taps.Origin * Lanes.Count;
            var (low, high) = Winner.Load(winner);
            for (var r = rows.First; r < rows.End; r++, row += _dx.RowStep)
            {
                for (var s = taps.First; s < taps.End; s++)
                {
                    var mine = Lanes.WhereEqual(low, high, (r * _window.Size.Width) + s, g);
                    var to = row + ((nint)s * Lanes.Count);
                    (Lanes.Load(to) + mine).Store(to);
                }
            }
        }
    }
}
