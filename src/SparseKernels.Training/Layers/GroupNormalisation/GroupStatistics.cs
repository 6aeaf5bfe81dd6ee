using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.GroupNormalisation;

/// <summary>
/// Two sums for each channel of each image, one pair of 16 doubles for each plane: Σ(x − pivot) and Σ(x − pivot)², where the pivot is the
/// channel's first pixel in that image, so that the variance doesn't drown in a large mean.
/// </summary>
internal readonly unsafe struct GroupStatistics(BlockedTensor x, double* sums) : IPlaneWork
{
    /// <summary>Doubles of one plane's sums.</summary>
    public const int Stride = 2 * Lanes.Count;

    private readonly PlaneView _x = new(x);
    private readonly double* _sums = sums;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var plain = _sums + ((nint)plane * Stride);
        new Span<double>(plain, Stride).Clear();
        var pivot = Lanes.Load(_x.Row(plane, 0));
        for (var run = 0; run < _x.Runs; run++)
        {
            var x = _x.Row(plane, run);
            for (nint i = 0; i < _x.RunLength;)
            {
                var (sum, square) = (Lanes.Zero, Lanes.Zero);
                for (var end = Math.Min(i + (DoubleSums.Run * Lanes.Count), _x.RunLength); i < end; i += Lanes.Count)
                {
                    Ahead.Prefetch(x + _x.Next + i);
                    var d = Lanes.Load(x + i) - pivot;
                    sum += d;
                    square = Lanes.MultiplyAdd(d, d, square);
                }

                DoubleSums.Fold(sum, plain);
                DoubleSums.Fold(square, plain + Lanes.Count);
            }
        }
    }
}

/// <summary>The gradient's two sums for each channel of each image: Σdy and Σdy·(x − mean).</summary>
internal readonly unsafe struct GroupGradientSums(BlockedTensor x, BlockedTensor dy, float* mean, double* sums) : IPlaneWork
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _dy = new(dy);
    private readonly float* _mean = mean;
    private readonly double* _sums = sums;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var plain = _sums + ((nint)plane * GroupStatistics.Stride);
        new Span<double>(plain, GroupStatistics.Stride).Clear();
        var mean = Lanes.Load(_mean + ((nint)plane * Lanes.Count));
        for (var run = 0; run < _x.Runs; run++)
        {
            float* x = _x.Row(plane, run), dy = _dy.Row(plane, run);
            for (nint i = 0; i < _x.RunLength;)
            {
                var (sum, product) = (Lanes.Zero, Lanes.Zero);
                for (var end = Math.Min(i + (DoubleSums.Run * Lanes.Count), _x.RunLength); i < end; i += Lanes.Count)
                {
                    Ahead.Prefetch(x + _x.Next + i);
                    Ahead.Prefetch(dy + _dy.Next + i);
                    var g = Lanes.Load(dy + i);
                    sum += g;
                    product = Lanes.MultiplyAdd(g, Lanes.Load(x + i) - mean, product);
                }

                DoubleSums.Fold(sum, plain);
                DoubleSums.Fold(product, plain + Lanes.Count);
            }
        }
    }
}
