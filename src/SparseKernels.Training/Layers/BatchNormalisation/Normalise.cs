using System.Runtime.CompilerServices;
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
    private readonly float* _x = x.Pointer;
    private readonly float* _addend = addend is null ? null : addend.Pointer;
    private readonly float* _y = y.Pointer;
    private readonly float* _scale = scale;
    private readonly float* _shift = shift;
    private readonly nint _elements = (nint)x.H * x.W * Lanes.Count;
    private readonly int _blocks = x.ChannelBlocks;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var block = plane % _blocks * Lanes.Count;
        var (scale, shift) = (Lanes.Load(_scale + block), Lanes.Load(_shift + block));
        var first = plane * _elements;
        float* x = _x + first, y = _y + first, addend = _addend + first;
        for (nint i = 0; i < _elements; i += Lanes.Count)
        {
            var value = Lanes.MultiplyAdd(Lanes.Load(x + i), scale, shift);
            if (TAdd.IsOn) value += Lanes.Load(addend + i);
            if (TRelu.IsOn) value = Lanes.Rectify(value);
            value.Store(y + i);
            if (TCount.IsOn) nonZeros.Write(first + i, value);
        }

        if (TCount.IsOn) nonZeros.Count(plane);
    }
}
