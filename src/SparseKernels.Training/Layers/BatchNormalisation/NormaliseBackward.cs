using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// First sweep of batch normalisation's backward pass: Σg and Σg·(x − mean) per channel and plane, where g is dy masked by the ReLU.
/// Without an addend the mask is computed again from x (a multiply-add is cheaper than a third stream); with one it comes from y, and
/// g is written over dy because it is the addend's gradient too.
/// </summary>
internal readonly unsafe struct NormaliseBackwardSums<TRelu, TAdd>(
    BlockedTensor x, BlockedTensor y, BlockedTensor dy, float* mean, float* scale, float* shift, double* partials) : IPlaneWork
    where TRelu : struct, ISwitch
    where TAdd : struct, ISwitch
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _y = new(y);
    private readonly PlaneView _dy = new(dy);
    private readonly float* _mean = mean;
    private readonly float* _scale = scale;
    private readonly float* _shift = shift;
    private readonly double* _partials = partials;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var plain = _partials + ((nint)plane * ChannelStatistics.Stride);
        var weighted = plain + Lanes.Count;
        new Span<double>(plain, ChannelStatistics.Stride).Clear();
        var (mean, scale, shift) = (_x.Of(_mean, plane), _x.Of(_scale, plane), _x.Of(_shift, plane));
        var length = _x.RunLength;
        var (sum, product) = (Lanes.Zero, Lanes.Zero);
        nint left = DoubleSums.Run * Lanes.Count;
        var (next, nextOfY, nextOfDy) = (_x.Next, _y.Next, _dy.Next);
        float* x = _x.Row(plane, 0), y = _y.Row(plane, 0), dy = _dy.Row(plane, 0);
        for (var run = _x.Runs; run > 0; run--, x += _x.RowStep, y += _y.RowStep, dy += _dy.RowStep)
        {
            for (nint i = 0; i < length;)
            {
                var end = Math.Min(i + left, length);
                left -= end - i;
                for (; i < end; i += Lanes.Count)
                {
                    Ahead.Prefetch(x + next + i);
                    Ahead.Prefetch(dy + nextOfDy + i);
                    if (TAdd.IsOn) Ahead.Prefetch(y + nextOfY + i);

                    // Where there is no image, g is zero.
                    var value = Lanes.Load(x + i);
                    var g = Lanes.Load(dy + i);
                    if (TRelu.IsOn)
                    {
                        g = Lanes.WherePositive(TAdd.IsOn ? Lanes.Load(y + i) : Lanes.MultiplyAdd(value, scale, shift), g);
                        if (TAdd.IsOn) g.Store(dy + i);
                    }

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
}

/// <summary>
/// Second sweep: <c>dx = scale·g + slope·(x − mean) + offset</c>, where slope and offset carry the two sums. With
/// <typeparamref name="TMask"/> g is still to be masked by the ReLU of <c>x·scale + shift</c>.
/// </summary>
internal readonly unsafe struct NormaliseBackwardData<TMask>(
    BlockedTensor x, BlockedTensor g, BlockedTensor dx, float* mean, float* scale, float* shift, float* slope, float* offset) : IPlaneWork
    where TMask : struct, ISwitch
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _g = new(g);
    private readonly PlaneView _dx = new(dx);
    private readonly float* _mean = mean;
    private readonly float* _scale = scale;
    private readonly float* _shift = shift;
    private readonly float* _slope = slope;
    private readonly float* _offset = offset;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var (mean, scale, shift) = (_x.Of(_mean, plane), _x.Of(_scale, plane), _x.Of(_shift, plane));
        var (slope, offset, live) = (_x.Of(_slope, plane), _x.Of(_offset, plane), _x.Live(plane));
        var length = _x.RunLength;
        var (next, nextOfG, nextOfDx) = (_x.Next, _g.Next, _dx.Next);
        float* x = _x.Row(plane, 0), source = _g.Row(plane, 0), dx = _dx.Row(plane, 0);
        for (var run = _x.Runs; run > 0; run--, x += _x.RowStep, source += _g.RowStep, dx += _dx.RowStep)
        {
            for (nint i = 0; i < length; i += Lanes.Count)
            {
                Ahead.Prefetch(x + next + i);
                Ahead.Prefetch(source + nextOfG + i);
                Ahead.Prefetch(dx + nextOfDx + i);
                var value = Lanes.Load(x + i);
                var g = Lanes.Load(source + i);
                if (TMask.IsOn) g = Lanes.WherePositive(Lanes.MultiplyAdd(value, scale, shift), g);
                (Lanes.MultiplyAdd(g, scale, Lanes.MultiplyAdd(value - mean, slope, offset)) & live).Store(dx + i);
            }
        }
    }
}
