using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// One sweep over x per channel: Σ(x − pivot) and Σ(x − pivot)², one pair of 16 doubles for each plane. The pivot, the channel's
/// very first element, keeps the variance from drowning in a large mean.
/// </summary>
internal readonly unsafe struct ChannelStatistics(BlockedTensor x, double* partials) : IPlaneWork
{
    /// <summary>Doubles of one plane's partial sums.</summary>
    public const int Stride = 2 * Lanes.Count;

    private readonly float* _x = x.Pointer;
    private readonly int _pixels = x.H * x.W;
    private readonly int _blocks = x.ChannelBlocks;
    private readonly double* _partials = partials;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var plain = _partials + ((nint)plane * Stride);
        var squares = plain + Lanes.Count;
        new Span<double>(plain, Stride).Clear();
        var pivot = Lanes.Load(_x + ((nint)(plane % _blocks) * _pixels * Lanes.Count));
        var from = _x + ((nint)plane * _pixels * Lanes.Count);
        for (var done = 0; done < _pixels; done += DoubleSums.Run)
        {
            var end = from + ((nint)Math.Min(DoubleSums.Run, _pixels - done) * Lanes.Count);
            var (sum, square) = (Lanes.Zero, Lanes.Zero);
            for (; from < end; from += Lanes.Count)
            {
                var d = Lanes.Load(from) - pivot;
                sum += d;
                square = Lanes.MultiplyAdd(d, d, square);
            }

            DoubleSums.Fold(sum, plain);
            DoubleSums.Fold(square, squares);
        }
    }

    /// <summary>Adds up the partial sums of one channel block over all images, in their order.</summary>
    /// <param name="partials">The planes' sums.</param>
    /// <param name="images">Images.</param>
    /// <param name="blocks">Channel blocks.</param>
    /// <param name="block">Which of them.</param>
    /// <param name="totals"><see cref="Stride"/> doubles, overwritten.</param>
    public static void Total(double* partials, int images, int blocks, int block, double* totals)
    {
        new Span<double>(totals, Stride).Clear();
        for (var n = 0; n < images; n++)
        {
            var from = partials + ((((nint)n * blocks) + block) * Stride);
            for (var i = 0; i < Stride; i += 4) (Vector256.Load(totals + i) + Vector256.Load(from + i)).Store(totals + i);
        }
    }
}
