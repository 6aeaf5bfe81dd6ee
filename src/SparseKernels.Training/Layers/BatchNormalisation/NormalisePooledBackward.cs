using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// The backward pass of normalisation, ReLU and pooling. The first sweep sums g and g·(x − mean) for each channel and plane, where g is dy at
/// each window's winner and zero elsewhere. The winner's x follows from the pooled y, <c>x − mean = (y − bias) / scale</c>, so x, size² times as
/// large, is read for those channels alone whose bias would leave too few digits of it. The second sweep is <c>dx = scale·g + slope·(x − mean) +
/// offset</c> for every pixel.
/// </summary>
internal readonly unsafe struct NormalisePooledBackward(
    int size, ChannelNormaliser normaliser, BlockedTensor x, BlockedTensor y, BlockedTensor dy, BlockedTensor dx, byte[] winners) : IPairedWork
{
    /// <summary>
    /// Deviations of y that its shift may be: what rounding then costs a difference is 64 units in the last place of a deviation.
    /// </summary>
    private const float MostDeviations = 64;

    private readonly PlaneView _x = new(x);
    private readonly PlaneView _y = new(y);
    private readonly PlaneView _dy = new(dy);
    private readonly PlaneView _dx = new(dx);
    private readonly byte* _winners = (byte*)Unsafe.AsPointer(ref winners[0]);

    public void First(int plane, int ahead)
    {
        var plain = normaliser.Partials + ((nint)plane * ChannelStatistics.Stride);
        new Span<double>(plain, ChannelStatistics.Stride).Clear();
        var v = normaliser.Vectors;
        Lanes mean = _x.Of(v.Mean, plane), scale = _x.Of(v.Scale, plane), shift = _x.Of(v.Shift, plane);
        var deviations = Lanes.Abs(shift) * _x.Of(v.InverseDeviation, plane);
        if (Lanes.AllAtMost(deviations, Lanes.Broadcast(MostDeviations) * Lanes.Abs(scale)))
            SumOutputs(plane, ahead, plain, Lanes.MultiplyAdd(mean, scale, shift), scale);
        else
            SumWindows(plane, ahead, plain, mean);
    }

    public void Between(int unit, int count) => normaliser.ReduceGradients(in _x, unit, count);

    /// <summary>Sums over y and dy, both pooled. A window without a winner has a y of zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumOutputs(int plane, int ahead, double* plain, Lanes bias, Lanes scale)
    {
        var columns = _dy.Width;
        var (next, nextOfDy) = (_y.StepOf(ahead), _dy.StepOf(ahead));
        var product = stackalloc double[Lanes.Count];
        new Span<double>(product, Lanes.Count).Clear();
        var (sum, weighted, left) = (Lanes.Zero, Lanes.Zero, DoubleSums.Run);
        for (var p = 0; p < _dy.Height; p++)
        {
            float* dy = _dy.Row(plane, p), y = _y.Row(plane, p);
            for (var q = 0; q < columns; q++, dy += Lanes.Count, y += Lanes.Count)
            {
                Ahead.Prefetch(dy + nextOfDy);
                Ahead.Prefetch(y + next);
                var value = Lanes.Load(y);
                var g = Lanes.Select(Lanes.Equal(value, Lanes.Zero), Lanes.Zero, Lanes.Load(dy));
                sum += g;
                weighted = Lanes.MultiplyAdd(g, value - bias, weighted);
                if (--left > 0) continue;
                DoubleSums.Fold(sum, plain);
                DoubleSums.Fold(weighted, product);
                (sum, weighted, left) = (Lanes.Zero, Lanes.Zero, DoubleSums.Run);
            }
        }

        DoubleSums.Fold(sum, plain);
        DoubleSums.Fold(weighted, product);
        var divisors = stackalloc float[Lanes.Count];
        scale.Store(divisors);

        // A channel without a scale, or one that there is not, has no winners.
        for (var lane = 0; lane < Lanes.Count; lane++) plain[Lanes.Count + lane] = divisors[lane] == 0 ? 0 : product[lane] / divisors[lane];
    }

    /// <summary>Sums over the winners' x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumWindows(int plane, int ahead, double* plain, Lanes mean)
    {
        var (outputs, columns) = (_dy.Height, _dy.Width);
        var (rowStep, next, nextOfDy) = (_x.RowStep, _x.StepOf(ahead), _dy.StepOf(ahead));
        var winner = _winners + ((nint)plane * outputs * columns * Lanes.Count);
        var (sum, product, left) = (Lanes.Zero, Lanes.Zero, DoubleSums.Run);
        for (var p = 0; p < outputs; p++)
        {
            var dy = _dy.Row(plane, p);
            var window = _x.Row(plane, p * size);
            for (var q = 0; q < columns; q++, dy += Lanes.Count, winner += Lanes.Count)
            {
                Ahead.Prefetch(dy + nextOfDy);
                var g = Lanes.Load(dy);
                var (low, high) = Winner.Load(winner);
                var tap = 0;
                var row = window + ((nint)q * size * Lanes.Count);
                for (var r = 0; r < size; r++, row += rowStep)
                {
                    for (var s = 0; s < size; s++, tap++)
                    {
                        Ahead.Prefetch(row + next + ((nint)s * Lanes.Count));
                        var mine = Lanes.WhereEqual(low, high, tap, g);
                        sum += mine;
                        product = Lanes.MultiplyAdd(mine, Lanes.Load(row + ((nint)s * Lanes.Count)) - mean, product);
                    }
                }

                if (--left > 0) continue;
                DoubleSums.Fold(sum, plain);
                DoubleSums.Fold(product, plain + Lanes.Count);
                (sum, product, left) = (Lanes.Zero, Lanes.Zero, DoubleSums.Run);
            }
        }

        DoubleSums.Fold(sum, plain);
        DoubleSums.Fold(product, plain + Lanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Second(int plane, int ahead)
    {
        var (height, width, outputs, columns) = (_x.Height, _x.Width, _dy.Height, _dy.Width);
        var v = normaliser.Vectors;
        var (mean, scale, live) = (_x.Of(v.Mean, plane), _x.Of(v.Scale, plane), _x.Live(plane));
        var (slope, offset) = (_x.Of(v.Slope, plane), _x.Of(v.Offset, plane));
        var (xStep, dxStep) = (_x.RowStep, _dx.RowStep);
        nint next = _x.StepOf(ahead), nextOfDx = _dx.StepOf(ahead), nextOfDy = _dy.StepOf(ahead);
        var winner = _winners + ((nint)plane * outputs * columns * Lanes.Count);
        for (var p = 0; p < outputs; p++)
        {
            var dy = _dy.Row(plane, p);
            float* fromWindow = _x.Row(plane, p * size), toWindow = _dx.Row(plane, p * size);
            for (var q = 0; q < columns; q++, dy += Lanes.Count, winner += Lanes.Count)
            {
                Ahead.Prefetch(dy + nextOfDy);
                var g = Lanes.Load(dy) * scale;
                var (low, high) = Winner.Load(winner);
                var tap = 0;
                float* x = fromWindow, dx = toWindow;
                for (var r = 0; r < size; r++, x += xStep, dx += dxStep)
                {
                    var at = (nint)q * size * Lanes.Count;
                    for (var s = 0; s < size; s++, tap++, at += Lanes.Count)
                    {
                        Ahead.Prefetch(x + next + at);
                        Ahead.Prefetch(dx + nextOfDx + at);
                        var changed = Lanes.MultiplyAdd(Lanes.Load(x + at) - mean, slope, offset) + Lanes.WhereEqual(low, high, tap, g);
                        (changed & live).Store(dx + at);
                    }
                }
            }
        }

        // Pixels that no window covers still moved mean and variance.
        for (var h = 0; h < height; h++)
        {
            float* x = _x.Row(plane, h), dx = _dx.Row(plane, h);
            for (var w = h < outputs * size ? columns * size : 0; w < width; w++)
            {
                var at = (nint)w * Lanes.Count;
                (Lanes.MultiplyAdd(Lanes.Load(x + at) - mean, slope, offset) & live).Store(dx + at);
            }
        }
    }
}
