using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// Batch normalisation's backward pass. The first sweep sums g and g·(x − mean) for each channel and plane, where g is dy masked by the ReLU;
/// the second is <c>dx = scale·g + slope·(x − mean) + offset</c>, where slope and offset carry the two sums.
/// </summary>
/// <remarks>
/// Without an addend the mask is computed again from x (a multiply-add is cheaper than a third stream); with one it comes from the bits that
/// Forward has left, and g is written over dy because it is the addend's gradient too. A second gradient of the output is added to dy on the way, which then holds g too.
/// </remarks>
/// <typeparam name="TRelu">Whether there is a ReLU behind it.</typeparam>
/// <typeparam name="TAdd">Whether a tensor is added before the ReLU.</typeparam>
/// <typeparam name="TSecond">Whether there is a second gradient to be added to dy.</typeparam>
internal readonly unsafe struct NormaliseBackward<TRelu, TAdd, TSecond>(
    ChannelNormaliser normaliser, BlockedTensor x, ushort[]? positive, BlockedTensor dy, BlockedTensor second, BlockedTensor dx) : IPairedWork
    where TRelu : struct, ISwitch
    where TAdd : struct, ISwitch
    where TSecond : struct, ISwitch
{
    private readonly PlaneView _x = new(x);
    private readonly ushort* _positive = positive is null ? null : (ushort*)Unsafe.AsPointer(ref positive[0]);
    private readonly PlaneView _dy = new(dy);
    private readonly PlaneView _second = new(second);
    private readonly PlaneView _dx = new(dx);

    /// <summary>Whether the first sweep leaves g in dy.</summary>
    private static bool KeepsG
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TSecond.IsOn || (TRelu.IsOn && TAdd.IsOn);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void First(int plane, int ahead)
    {
        var plain = normaliser.Partials + ((nint)plane * ChannelStatistics.Stride);
        var weighted = plain + Lanes.Count;
        new Span<double>(plain, ChannelStatistics.Stride).Clear();
        var v = normaliser.Vectors;
        var (mean, scale, shift) = (_x.Of(v.Mean, plane), _x.Of(v.Scale, plane), _x.Of(v.Shift, plane));
        var length = _x.RunLength;
        var (sum, product) = (Lanes.Zero, Lanes.Zero);
        nint left = DoubleSums.Run * Lanes.Count;
        var positive = _positive + (plane * _x.Runs * length / Lanes.Count);
        for (var run = 0; run < _x.Runs; run++, positive += length / Lanes.Count)
        {
            float* x = _x.Row(plane, run), dy = _dy.Row(plane, run), other = _second.Row(plane, run);
            float* next = x + _x.StepOf(ahead), nextOfDy = dy + _dy.StepOf(ahead), nextOfOther = other + _second.StepOf(ahead);
            for (nint i = 0; i < length;)
            {
                var end = Math.Min(i + left, length);
                left -= end - i;
                for (; i < end; i += Lanes.Count)
                {
                    Ahead.Prefetch(next + i);
                    Ahead.Prefetch(nextOfDy + i);
                    if (TSecond.IsOn) Ahead.Prefetch(nextOfOther + i);

                    // Where there is no image, g is zero.
                    var value = Lanes.Load(x + i);
                    var g = Lanes.Load(dy + i);
                    if (TSecond.IsOn) g += Lanes.Load(other + i);
                    if (TRelu.IsOn && TAdd.IsOn) g = Lanes.WhereBit(positive[i / Lanes.Count], g);
                    else if (TRelu.IsOn) g = Lanes.WherePositive(Lanes.MultiplyAdd(value, scale, shift), g);
                    if (KeepsG) g.Store(dy + i);
                    sum += g;
                    product = Lanes.MultiplyAdd(g, value - mean, product);
                }

                if (left > 0) continue;
                DoubleSums.Fold(sum, plain);
                DoubleSums.Fold(product, weighted);
                (sum, product, left) = (Lanes.Zero, Lanes.Zero, DoubleSums.Run * Lanes.Count);
            }
        }

        DoubleSums.Fold(sum, plain);
        DoubleSums.Fold(product, weighted);
    }

    public void Between(int unit, int count) => normaliser.ReduceGradients(in _x, unit, count);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Second(int plane, int ahead)
    {
        var v = normaliser.Vectors;
        var (mean, scale, shift) = (_x.Of(v.Mean, plane), _x.Of(v.Scale, plane), _x.Of(v.Shift, plane));
        var (slope, offset, live) = (_x.Of(v.Slope, plane), _x.Of(v.Offset, plane), _x.Live(plane));
        var length = _x.RunLength;
        for (var run = 0; run < _x.Runs; run++)
        {
            float* x = _x.Row(plane, run), dy = _dy.Row(plane, run), dx = _dx.Row(plane, run);
            float* next = x + _x.StepOf(ahead), nextOfDy = dy + _dy.StepOf(ahead), nextOfDx = dx + _dx.StepOf(ahead);
            for (nint i = 0; i < length; i += Lanes.Count)
            {
                Ahead.Prefetch(next + i);
                Ahead.Prefetch(nextOfDy + i);
                Ahead.Prefetch(nextOfDx + i);
                var value = Lanes.Load(x + i);
                var g = Lanes.Load(dy + i);
                if (TRelu.IsOn && !KeepsG) g = Lanes.WherePositive(Lanes.MultiplyAdd(value, scale, shift), g);
                (Lanes.MultiplyAdd(g, scale, Lanes.MultiplyAdd(value - mean, slope, offset)) & live).Store(dx + i);
            }
        }
    }
}
