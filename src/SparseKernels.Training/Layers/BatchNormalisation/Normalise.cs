using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// Batch normalisation's forward pass. The first sweep takes the batch's statistics; the second is <c>y = x·scale + shift</c> per channel, then
/// optionally a second tensor added, then optionally ReLU, and optionally y's non-zeros as bits. Bound by memory: two or three streams and one
/// multiply-add per element.
/// </summary>
internal readonly unsafe struct Normalise<TRelu, TAdd, TCount>(
    ChannelNormaliser normaliser, BlockedTensor x, BlockedTensor? addend, BlockedTensor y, NonZeroWords nonZeros) : IPairedWork
    where TRelu : struct, ISwitch
    where TAdd : struct, ISwitch
    where TCount : struct, ISwitch
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _addend = new(addend ?? x);
    private readonly PlaneView _y = new(y);

    public void First(int plane, int ahead) => ChannelStatistics.Sum(in _x, plane, ahead, normaliser.Partials);

    public void Between(int unit, int count) => normaliser.ReduceMoments(in _x, unit, count);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Second(int plane, int ahead)
    {
        var v = normaliser.Vectors;
        var (scale, shift, live) = (_x.Of(v.Scale, plane), _x.Of(v.Shift, plane), _x.Live(plane));
        var length = _x.RunLength;
        for (var run = 0; run < _x.Runs; run++)
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
                if (TCount.IsOn) nonZeros.Write((plane * length) + i, value);
            }
        }

        if (TCount.IsOn) nonZeros.Count(plane);
    }
}
