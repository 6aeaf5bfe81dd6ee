using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// The forward pass of normalisation, ReLU and pooling. The first sweep takes the batch's statistics; the second is <c>y = max over each window
/// of relu(x·scale + shift)</c>, which writes neither the normalised nor the rectified tensor. Windows are squares that tile the image; what
/// they leave over at its end it doesn't read.
/// </summary>
internal readonly unsafe struct NormalisePooled<TCount>(
    int size, ChannelNormaliser normaliser, BlockedTensor x, BlockedTensor y, byte[] winners, NonZeroWords nonZeros) : IPairedWork
    where TCount : struct, ISwitch
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _y = new(y);
    private readonly byte* _winners = (byte*)Unsafe.AsPointer(ref winners[0]);

    public void First(int plane, int ahead) => ChannelStatistics.Sum(in _x, plane, ahead, normaliser.Partials);

    public void Between(int unit, int count) => normaliser.ReduceMoments(in _x, unit, count);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Second(int plane, int ahead)
    {
        var v = normaliser.Vectors;
        var (outputs, columns) = (_y.Height, _y.Width);
        var (scale, shift, live) = (_x.Of(v.Scale, plane), _x.Of(v.Shift, plane), _x.Live(plane));
        var element = (nint)plane * outputs * columns * Lanes.Count;
        var winner = _winners + element;
        var (rowStep, next, nextOfY) = (_x.RowStep, _x.StepOf(ahead), _y.StepOf(ahead));
        var none = Vector256.Create((int)Winner.None);
        for (var p = 0; p < outputs; p++)
        {
            var y = _y.Row(plane, p);
            var window = _x.Row(plane, p * size);
            for (var q = 0; q < columns; q++, y += Lanes.Count, winner += Lanes.Count, element += Lanes.Count, window += size * Lanes.Count)
            {
                // Starting from zero makes the ReLU part of the maximum: a window without a positive value keeps "none".
                var best = Lanes.Zero;
                var (low, high) = (none, none);
                var tap = 0;
                var row = window;
                for (var r = 0; r < size; r++, row += rowStep)
                {
                    for (var s = 0; s < size; s++, tap++)
                    {
                        Ahead.Prefetch(row + next + ((nint)s * Lanes.Count));
                        var value = Lanes.MultiplyAdd(Lanes.Load(row + ((nint)s * Lanes.Count)), scale, shift);
                        var (lowWins, highWins) = (Winner.Beats(value.Low, best.Low), Winner.Beats(value.High, best.High));
                        best = new Lanes(
                            Vector256.ConditionalSelect(lowWins, value.Low, best.Low),
                            Vector256.ConditionalSelect(highWins, value.High, best.High));
                        var number = Vector256.Create(tap);
                        low = Vector256.ConditionalSelect(lowWins.AsInt32(), number, low);
                        high = Vector256.ConditionalSelect(highWins.AsInt32(), number, high);
                    }
                }

                Ahead.Prefetch(y + nextOfY);
                best &= live;
                best.Store(y);
                if (TCount.IsOn) nonZeros.Write(element, best);
                Winner.Store(low, high, winner);
            }
        }

        if (TCount.IsOn) nonZeros.Count(plane);
    }
}
