using System.Runtime.CompilerServices;
using SparseKernels.Tensors;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// First sweep back: Σg and Σg·(x − mean) per channel and plane, where g is dy at each window's winner and zero elsewhere.
/// </summary>
internal readonly unsafe struct NormalisePooledBackwardSums(int size, BlockedTensor x, BlockedTensor dy, float* mean, double* partials, byte[] winners) : IPlaneWork
{
    private readonly float* _x = x.Pointer;
    private readonly float* _dy = dy.Pointer;
    private readonly float* _mean = mean;
    private readonly double* _partials = partials;
    private readonly byte* _winners = (byte*)Unsafe.AsPointer(ref winners[0]);
    private readonly (int H, int W, int P, int Q) _sizes = (x.H, x.W, dy.H, dy.W);
    private readonly int _blocks = x.ChannelBlocks;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var (height, width, outputs, columns) = _sizes;
        var plain = _partials + ((nint)plane * ChannelStatistics.Stride);
        new Span<double>(plain, ChannelStatistics.Stride).Clear();
        var mean = Lanes.Load(_mean + (plane % _blocks * Lanes.Count));
        var x = _x + ((nint)plane * height * width * Lanes.Count);
        var dy = _dy + ((nint)plane * outputs * columns * Lanes.Count);
        var winner = _winners + ((nint)plane * outputs * columns * Lanes.Count);
        for (var p = 0; p < outputs; p++)
        {
            var (sum, product) = (Lanes.Zero, Lanes.Zero);
            for (var q = 0; q < columns; q++, dy += Lanes.Count, winner += Lanes.Count)
            {
                var g = Lanes.Load(dy);
                var (low, high) = Winner.Load(winner);
                var tap = 0;
                for (var r = 0; r < size; r++)
                {
                    var row = x + ((((nint)((p * size) + r) * width) + ((nint)q * size)) * Lanes.Count);
                    for (var s = 0; s < size; s++, tap++)
                    {
                        var mine = Lanes.WhereEqual(low, high, tap, g);
                        sum += mine;
                        product = Lanes.MultiplyAdd(mine, Lanes.Load(row + ((nint)s * Lanes.Count)) - mean, product);
                    }
                }

                if (q % DoubleSums.Run == DoubleSums.Run - 1 || q == columns - 1)
                {
                    DoubleSums.Fold(sum, plain);
                    DoubleSums.Fold(product, plain + Lanes.Count);
                    (sum, product) = (Lanes.Zero, Lanes.Zero);
                }
            }
        }
    }
}

/// <summary>Second sweep back: <c>dx = scale·g + slope·(x − mean) + offset</c> for every pixel, g as in the first.</summary>
internal readonly unsafe struct NormalisePooledBackwardData(
    int size, BlockedTensor x, BlockedTensor dy, BlockedTensor dx, ChannelVectors vectors, byte[] winners) : IPlaneWork
{
    private readonly float* _x = x.Pointer;
    private readonly float* _dy = dy.Pointer;
    private readonly float* _dx = dx.Pointer;
    private readonly (nint Mean, nint Scale, nint Slope, nint Offset) _vectors =
        ((nint)vectors.Mean, (nint)vectors.Scale, (nint)vectors.Slope, (nint)vectors.Offset);
    private readonly byte* _winners = (byte*)Unsafe.AsPointer(ref winners[0]);
    private readonly (int H, int W, int P, int Q) _sizes = (x.H, x.W, dy.H, dy.W);
    private readonly int _blocks = x.ChannelBlocks;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var (height, width, outputs, columns) = _sizes;
        var block = plane % _blocks * Lanes.Count;
        var (mean, scale) = (Lanes.Load((float*)_vectors.Mean + block), Lanes.Load((float*)_vectors.Scale + block));
        var (slope, offset) = (Lanes.Load((float*)_vectors.Slope + block), Lanes.Load((float*)_vectors.Offset + block));
        var first = (nint)plane * height * width * Lanes.Count;
        float* x = _x + first, dx = _dx + first;
        var dy = _dy + ((nint)plane * outputs * columns * Lanes.Count);
        var winner = _winners + ((nint)plane * outputs * columns * Lanes.Count);
        for (var p = 0; p < outputs; p++)
        {
            for (var q = 0; q < columns; q++, dy += Lanes.Count, winner += Lanes.Count)
            {
                var g = Lanes.Load(dy) * scale;
                var (low, high) = Winner.Load(winner);
                var tap = 0;
                for (var r = 0; r < size; r++)
                {
                    var at = (((nint)((p * size) + r) * width) + ((nint)q * size)) * Lanes.Count;
                    for (var s = 0; s < size; s++, tap++, at += Lanes.Count)
                        (Lanes.MultiplyAdd(Lanes.Load(x + at) - mean, slope, offset) + Lanes.WhereEqual(low, high, tap, g)).Store(dx + at);
                }
            }
        }

        // Pixels that no window covers still moved mean and variance.
        for (var h = 0; h < height; h++)
        {
            for (var w = h < outputs * size ? columns * size : 0; w < width; w++)
            {
                var at = (((nint)h * width) + w) * Lanes.Count;
                Lanes.MultiplyAdd(Lanes.Load(x + at) - mean, slope, offset).Store(dx + at);
            }
        }
    }
}
