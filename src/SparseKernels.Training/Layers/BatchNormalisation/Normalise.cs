using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// Batch normalisation's forward pass. The first sweep takes the batch's statistics; the second is <c>y = x·scale + shift</c> per channel, then
/// optionally a second tensor added, then optionally ReLU, and optionally y's non-zeros as bits. With an addend and a ReLU also where y is over 0,
/// a bit each, if the way back will ask. Bound by memory: two or three streams and one multiply-add per element.
/// </summary>
internal readonly unsafe struct Normalise<TRelu, TAdd, TCount>(
    ChannelNormaliser normaliser, BlockedTensor x, BlockedTensor? addend, BlockedTensor y, ushort[]? positive, NonZeroWords nonZeros) : IPairedWork
    where TRelu : struct, ISwitch
    where TAdd : struct, ISwitch
    where TCount : struct, ISwitch
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _addend = new(addend ?? x);
    private readonly PlaneView _y = new(y);
    private readonly ushort* _positive = positive is null ? null : (ushort*)Unsafe.AsPointer(ref positive[0]);

    public void First(int plane, int ahead) => ChannelStatistics.Sum(in _x, plane, ahead, normaliser.Partials);

    public void Between(int unit, int count) => normaliser.ReduceMoments(in _x, unit, count);

    public void Second(int plane, int ahead)
    {
        if (TRelu.IsOn && TAdd.IsOn && _positive != null) Sweep<On>(plane, ahead);
        else Sweep<Off>(plane, ahead);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sweep<TKeep>(int plane, int ahead)
        where TKeep : struct, ISwitch
    {
        var v = normaliser.Vectors;
        var (scale, shift, live) = (_x.Of(v.Scale, plane), _x.Of(v.Shift, plane), _x.Live(plane));
        var length = _x.RunLength;
        var positive = _positive + (plane * _x.Runs * length / Lanes.Count);
        for (var run = 0; run < _x.Runs; run++, positive += length / Lanes.Count)
        {
            float* x = _x.Row(plane, run), y = _y.Row(plane, run), addend = _addend.Row(plane, run);
            float* next = x + _x.StepOf(ahead), nextOfY = y + _y.StepOf(ahead), nextOfAddend = addend + _addend.StepOf(ahead);
            for (nint i = 0; i < length; i += Lanes.Count)
            {
                Ahead.Prefetch(next + i);
                Ahead.Prefetch(nextOfY + i);
                var value = Lanes.MultiplyAdd(Lanes.Load(x + i), scale, shift);
                if (TAdd.IsOn)
                {
                    Ahead.Prefetch(nextOfAddend + i);
                    value += Lanes.Load(addend + i);
                }

                if (TRelu.IsOn) value = Lanes.Rectify(value);
                value &= live;
                value.Store(y + i);
                if (TKeep.IsOn) positive[i / Lanes.Count] = value.PositiveBits();
                if (TCount.IsOn) nonZeros.Write((plane * length) + i, value);
            }
        }

        if (TCount.IsOn) nonZeros.Count(plane);
    }
}
