using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Isa;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// One sweep over x per channel: Σ(x − pivot) and Σ(x − pivot)², one pair of 16 doubles for each plane. The pivot, the channel's
/// very first element, keeps the variance from drowning in a large mean.
/// </summary>
internal static unsafe class ChannelStatistics
{
    /// <summary>Doubles of one plane's partial sums.</summary>
    public const int Stride = 2 * Lanes.Count;

    /// <summary>Sums a plane.</summary>
    /// <param name="view">The tensor's planes.</param>
    /// <param name="plane">Which one.</param>
    /// <param name="ahead">As in <see cref="IPairedWork.First"/>.</param>
    /// <param name="partials">The sums of all planes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(in PlaneView view, int plane, int ahead, double* partials)
    {
        var plain = partials + ((nint)plane * Stride);
        var squares = plain + Lanes.Count;
        new Span<double>(plain, Stride).Clear();
        var (pivot, live) = (view.FirstOf(plane), view.Live(plane));
        var length = view.RunLength;
        var (sum, square) = (Lanes.Zero, Lanes.Zero);

        // Floats still to be added in single precision, whatever the rows.
        nint left = DoubleSums.Run * Lanes.Count;
        for (var run = 0; run < view.Runs; run++)
        {
            var from = view.Row(plane, run);
            var next = from + view.StepOf(ahead);
            for (nint i = 0; i < length;)
            {
                var end = Math.Min(i + left, length);
                left -= end - i;
                for (; i < end; i += Lanes.Count)
                {
                    Ahead.Prefetch(next + i);
                    var d = (Lanes.Load(from + i) - pivot) & live;
                    sum += d;
                    square = Lanes.MultiplyAdd(d, d, square);
                }

                if (left > 0) continue;
                DoubleSums.Fold(sum, plain);
                DoubleSums.Fold(square, squares);
                (sum, square, left) = (Lanes.Zero, Lanes.Zero, DoubleSums.Run * Lanes.Count);
            }
        }

        DoubleSums.Fold(sum, plain);
        DoubleSums.Fold(square, squares);
    }

    /// <summary>Adds up the partial sums of one channel over all images, in their order. Channels are asked for in ascending order.</summary>
    /// <param name="partials">The planes' sums.</param>
    /// <param name="view">The tensor that they are of.</param>
    /// <param name="c">The channel.</param>
    /// <param name="totals"><see cref="Stride"/> doubles, kept from one channel to the next.</param>
    /// <returns>The first and the second of its sums.</returns>
    public static (double First, double Second) Total(double* partials, in PlaneView view, int c, double* totals)
    {
        if (!view.LanesAreImages)
        {
            var lane = c % Lanes.Count;
            if (lane == 0) AddPlanes(partials, in view, c / Lanes.Count, totals);
            return (totals[lane], totals[Lanes.Count + lane]);
        }

        AddPlanes(partials, in view, c, totals);
        var (first, second) = (0.0, 0.0);
        for (var lane = 0; lane < Lanes.Count; lane++) (first, second) = (first + totals[lane], second + totals[Lanes.Count + lane]);
        return (first, second);
    }

    private static void AddPlanes(double* partials, in PlaneView view, int first, double* totals)
    {
        new Span<double>(totals, Stride).Clear();
        for (var plane = first; plane < view.Count; plane += view.PlanesOfImages)
        {
            var from = partials + ((nint)plane * Stride);
            for (var i = 0; i < Stride; i += 4) (Vector256.Load(totals + i) + Vector256.Load(from + i)).Store(totals + i);
        }
    }
}
