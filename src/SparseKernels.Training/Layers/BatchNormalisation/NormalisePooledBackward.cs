using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// First sweep back: Σg and Σg·(x − mean) per channel and plane, where g is dy at each window's winner and zero elsewhere.
/// </summary>
internal readonly unsafe struct NormalisePooledBackwardSums(int size, BlockedTensor x, BlockedTensor dy, float* mean, double* partials, byte[] winners) : IPlaneWork
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _dy = new(dy);
    private readonly float* _mean = mean;
    private readonly double* _partials = partials;
    private readonly byte* _winners = (byte*)Unsafe.AsPointer(ref winners[0]);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var (outputs, columns) = (_dy.Height, _dy.Width);
        var plain = _partials + ((nint)plane * ChannelStatistics.Stride);
        new Span<double>(plain, ChannelStatistics.Stride).Clear();
        var mean = _x.Of(_mean, plane);
        var (rowStep, next, nextOfDy) = (_x.RowStep, _x.Next, _dy.Next);
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
}

/// <summary>Second sweep back: <c>dx = scale·g + slope·(x − mean) + offset</c> for every pixel, g as in the first.</summary>
internal readonly unsafe struct NormalisePooledBackwardData(
    int size, BlockedTensor x, BlockedTensor dy, BlockedTensor dx, ChannelVectors vectors, byte[] winners) : IPlaneWork
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _dy = new(dy);
    private readonly PlaneView _dx = new(dx);
    private readonly (nint Mean, nint Scale, nint Slope, nint Offset) _vectors =
        ((nint)vectors.Mean, (nint)vectors.Scale, (nint)vectors.Slope, (nint)vectors.Offset);
    private readonly byte* _winners = (byte*)Unsafe.AsPointer(ref winners[0]);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var (height, width, outputs, columns) = (_x.Height, _x.Width, _dy.Height, _dy.Width);
        var (mean, scale) = (_x.Of((float*)_vectors.Mean, plane), _x.Of((float*)_vectors.Scale, plane));
        var (slope, offset) = (_x.Of((float*)_vectors.Slope, plane), _x.Of((float*)_vectors.Offset, plane));
        var live = _x.Live(plane);
        var (xStep, dxStep, next, nextOfDx, nextOfDy) = (_x.RowStep, _dx.RowStep, _x.Next, _dx.Next, _dy.Next);
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
