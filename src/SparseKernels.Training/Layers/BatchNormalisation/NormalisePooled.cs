using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// <c>y = max over each window of relu(x·scale + shift)</c> in one sweep: x is read once and neither the normalised nor the rectified
/// tensor is ever written. Windows are squares that tile the image; what they leave over at its end is not read.
/// </summary>
internal readonly unsafe struct NormalisePooled<TCount>(int size, BlockedTensor x, float* scale, float* shift, BlockedTensor y, byte[] winners, NonZeroWords nonZeros) : IPlaneWork
    where TCount : struct, ISwitch
{
    private readonly PlaneView _x = new(x);
    private readonly float* _scale = scale;
    private readonly float* _shift = shift;
    private readonly PlaneView _y = new(y);
    private readonly byte* _winners = (byte*)Unsafe.AsPointer(ref winners[0]);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var (outputs, columns) = (_y.Height, _y.Width);
        var (scale, shift, live) = (_x.Of(_scale, plane), _x.Of(_shift, plane), _x.Live(plane));
        var element = (nint)plane * outputs * columns * Lanes.Count;
        var winner = _winners + element;
        var (rowStep, next, nextOfY) = (_x.RowStep, _x.Next, _y.Next);
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
