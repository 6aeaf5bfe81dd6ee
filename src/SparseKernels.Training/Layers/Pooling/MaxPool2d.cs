using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;
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
    /// <param name="padding">Border that windows may reach into, each side its own; at most half the window.</param>
    /// <param name="dilation">Step between the pixels of a window; 1, the default, means side by side.</param>
    /// <param name="ceilMode">
    /// Whether output sizes are rounded up, so that the last window may reach past the padding; it begins inside the image or the padding
    /// before it. False, the default, leaves out what fills no window.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public MaxPool2d(
        string name, Size2D size, Size2D? stride = null, Padding2D? padding = null, Size2D? dilation = null, bool ceilMode = false)
        : base(name)
    {
        _window = new PoolingWindow(size, stride, padding ?? 0, ceilMode, dilation);
        if ((long)size.Height * size.Width > MostTaps)
            throw new ArgumentOutOfRangeException(
                nameof(size), $"size must cover {MostTaps} pixels at most, got {size.Height}x{size.Width}.");
    }

    private MaxPool2d(MaxPool2d other)
        : base(other.Name) => _window = other._window;

    /// <summary>Where its windows lie.</summary>
    internal PoolingWindow Window => _window;

    internal override Layer Twin() => new MaxPool2d(this);

    internal override ChannelSpace Link(ChannelLinks links, ChannelSpace input) => input;

    private protected override BlockedTensor Run(BlockedTensor x, bool training, out LayerTraffic traffic)
    {
        var nonZeros = OutputZeros.Words();
        if (nonZeros.AreWanted) Pool<On>(x, nonZeros);
        else Pool<Off>(x, nonZeros);
        OutputZeros.Take();
        traffic = LayerTraffic.Reading(x) + LayerTraffic.Writing(_y!) + new LayerTraffic(0, _winners.Length);
        return _y!;
    }

    private void Pool<TCount>(BlockedTensor x, NonZeroWords nonZeros)
        where TCount : struct, ISwitch
    {
        var work = new ForwardWork<TCount>(_window, x, _y!, _winners, nonZeros);
        Planes.Run(ref work, x, Workspace.Topology);
    }

    private protected override BlockedTensor RunBackward(BlockedTensor dy, out LayerTraffic traffic)
    {
        var dx = Workspace.Gradients.Rent(dy.N, _input.Channels, _input.Height, _input.Width);
        var work = new BackwardWork(_window, dy, dx, _winners, InputZeros.GradientCounts);
        Planes.Run(ref work, dx, Workspace.Topology);
        InputZeros.TakeGradient();
        traffic = LayerTraffic.Reading(dy) + LayerTraffic.Writing(dx) + new LayerTraffic(_winners.Length, 0);
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
                var rows = _window.Rows(p, _x.Height);
                var y = _y.Row(plane, p);
                for (var q = 0; q < _y.Width; q++, y += Lanes.Count, element += Lanes.Count)
                {
                    var taps = _window.Columns(q, _x.Width);
                    var best = Largest(_x.Row(plane, rows.Origin + (rows.First * _window.Dilation.Height)), rows, taps, _winners + element);
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
            var (step, rowStep) = ((nint)_window.Dilation.Width * Lanes.Count, _window.Dilation.Height * _x.RowStep);
            var best = Lanes.Load(row + (taps.First * step));
            var first = Vector256.Create((rows.First * _window.Size.Width) + taps.First);
            var (low, high) = (first, first);
            for (var r = rows.First; r < rows.End; r++, row += rowStep)
            {
                for (var s = taps.First; s < taps.End; s++)
                {
                    var value = Lanes.Load(row + (s * step));
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
                var rows = _window.Rows(p, _dx.Height);
                var dy = _dy.Row(plane, p);
                for (var q = 0; q < _dy.Width; q++, dy += Lanes.Count, winner += Lanes.Count)
                {
                    var taps = _window.Columns(q, _dx.Width);
                    Scatter(_dx.Row(plane, rows.Origin + (rows.First * _window.Dilation.Height)), rows, taps, Lanes.Load(dy), winner);
                }
            }

            counts?.Count(plane, _dx.Row(0, 0));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Scatter(float* row, WindowRange rows, WindowRange taps, Lanes g, byte* winner)
        {
            row += (nint)taps.Origin * Lanes.Count;
            var (step, rowStep) = ((nint)_window.Dilation.Width * Lanes.Count, _window.Dilation.Height * _dx.RowStep);
            var (low, high) = Winner.Load(winner);
            for (var r = rows.First; r < rows.End; r++, row += rowStep)
            {
                for (var s = taps.First; s < taps.End; s++)
                {
                    var mine = Lanes.WhereEqual(low, high, (r * _window.Size.Width) + s, g);
                    var to = row + (s * step);
                    (Lanes.Load(to) + mine).Store(to);
                }
            }
        }
    }
}
