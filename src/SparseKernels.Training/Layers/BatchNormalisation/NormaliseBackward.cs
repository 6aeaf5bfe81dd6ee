using System.Runtime.CompilerServices;
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
    private readonly float* _x = x.Pointer;
    private readonly float* _y = y.Pointer;
    private readonly float* _dy = dy.Pointer;
    private readonly float* _mean = mean;
    private readonly float* _scale = scale;
    private readonly float* _shift = shift;
    private readonly double* _partials = partials;
    private readonly int _pixels = x.H * x.W;
    private readonly int _blocks = x.ChannelBlocks;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var plain = _partials + ((nint)plane * ChannelStatistics.Stride);
        var weighted = plain + Lanes.Count;
        new Span<double>(plain, ChannelStatistics.Stride).Clear();
        var block = plane % _blocks * Lanes.Count;
        var (mean, scale, shift) = (Lanes.Load(_mean + block), Lanes.Load(_scale + block), Lanes.Load(_shift + block));
        var first = (nint)plane * _pixels * Lanes.Count;
        float* x = _x + first, y = _y + first, dy = _dy + first;
        nint i = 0;
        for (var done = 0; done < _pixels; done += DoubleSums.Run)
        {
            var end = i + ((nint)Math.Min(DoubleSums.Run, _pixels - done) * Lanes.Count);
            var (sum, product) = (Lanes.Zero, Lanes.Zero);
            for (; i < end; i += Lanes.Count)
            {
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

            DoubleSums.Fold(sum, plain);
            DoubleSums.Fold(product, weighted);
        }
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
    private readonly float* _x = x.Pointer;
    private readonly float* _g = g.Pointer;
    private readonly float* _dx = dx.Pointer;
    private readonly float* _mean = mean;
    private readonly float* _scale = scale;
    private readonly float* _shift = shift;
    private readonly float* _slope = slope;
    private readonly float* _offset = offset;
    private readonly nint _elements = (nint)x.H * x.W * Lanes.Count;
    private readonly int _blocks = x.ChannelBlocks;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var block = plane % _blocks * Lanes.Count;
        var (mean, scale, shift) = (Lanes.Load(_mean + block), Lanes.Load(_scale + block), Lanes.Load(_shift + block));
        var (slope, offset) = (Lanes.Load(_slope + block), Lanes.Load(_offset + block));
        var first = plane * _elements;
        float* x = _x + first, source = _g + first, dx = _dx + first;
        for (nint i = 0; i < _elements; i += Lanes.Count)
        {
            var value = Lanes.Load(x + i);
            var g = Lanes.Load(source + i);
            if (TMask.IsOn) g = Lanes.WherePositive(Lanes.MultiplyAdd(value, scale, shift), g);
            Lanes.MultiplyAdd(g, scale, Lanes.MultiplyAdd(value - mean, slope, offset)).Store(dx + i);
        }
    }
}
