using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// <c>y = x·scale + shift</c> per channel, then optionally a second tensor added, then optionally ReLU, and optionally y's non-zeros as
/// bits: one sweep. Bound by memory: two or three streams and one multiply-add per element.
/// </summary>
internal readonly unsafe struct Normalise<TRelu, TAdd, TCount>(BlockedTensor x, float* scale, float* shift, BlockedTensor? addend, BlockedTensor y, NonZeroWords nonZeros) : IPlaneWork
    where TRelu : struct, ISwitch
    where TAdd : struct, ISwitch
    where TCount : struct, ISwitch
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _addend = new(addend ?? x);
    private readonly PlaneView _y = new(y);
    private readonly float* _scale = scale;
    private readonly float* _shift = shift;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var (scale, shift, live) = (_x.Of(_scale, plane), _x.Of(_shift, plane), _x.Live(plane));
        var length = _x.RunLength;
        var (next, nextOfY, nextOfAddend) = (_x.Next, _y.Next, _addend.Next);
        float* x = _x.Row(plane, 0), y = _y.Row(plane, 0), addend = _addend.Row(plane, 0);
        for (var run = _x.Runs; run > 0; run--, x += _x.RowStep, y += _y.RowStep, addend += _addend.RowStep)
        {
            for (nint i = 0; i < length; i += Lanes.Count)
            {
                Ahead.Prefetch(x + next + i);
                Ahead.Prefetch(y + nextOfY + i);
                var value = Lanes.MultiplyAdd(Lanes.Load(x + i), scale, shift);
                if (TAdd.IsOn)
                {
                    Ahead.Prefetch(addend + nextOfAddend + i);
                    value += Lanes.Load(addend + i);
                }

                if (TRelu.IsOn) value = Lanes.Rectify(value);
                value &= live;
                value.Store(y + i);
                if (TCount.IsOn) nonZeros.Write((plane * length) + i, value);
            }
        }

        if (TCount.IsOn) nonZeros.Count(plane);
    }
}
