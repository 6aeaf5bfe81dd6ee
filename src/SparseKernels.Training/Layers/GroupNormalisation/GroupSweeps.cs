using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.GroupNormalisation;

/// <summary><c>y = (x − mean)·scale + shift</c>, with numbers for each channel of each image.</summary>
internal readonly unsafe struct GroupNormalise(BlockedTensor x, BlockedTensor y, GroupVectors vectors) : IPlaneWork
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _y = new(y);
    private readonly float* _mean = vectors.Mean;
    private readonly float* _scale = vectors.Scale;
    private readonly float* _shift = vectors.Shift;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var at = (nint)plane * Lanes.Count;
        var (mean, scale, shift) = (Lanes.Load(_mean + at), Lanes.Load(_scale + at), Lanes.Load(_shift + at));
        for (var run = 0; run < _x.Runs; run++)
        {
            float* x = _x.Row(plane, run), y = _y.Row(plane, run);
            for (nint i = 0; i < _x.RunLength; i += Lanes.Count)
            {
                Ahead.Prefetch(x + _x.Next + i);
                Ahead.Prefetch(y + _y.Next + i);
                Lanes.MultiplyAdd(Lanes.Load(x + i) - mean, scale, shift).Store(y + i);
            }
        }
    }
}

/// <summary><c>dx = scale·dy + slope·(x − mean) + offset</c>, over dy; slope and offset carry the groups' two sums.</summary>
internal readonly unsafe struct GroupNormaliseBackward(BlockedTensor x, BlockedTensor dy, GroupVectors vectors) : IPlaneWork
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _dy = new(dy);
    private readonly float* _mean = vectors.Mean;
    private readonly float* _scale = vectors.Scale;
    private readonly float* _slope = vectors.Slope;
    private readonly float* _offset = vectors.Offset;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var at = (nint)plane * Lanes.Count;
        var (mean, scale, slope, offset) = (Lanes.Load(_mean + at), Lanes.Load(_scale + at), Lanes.Load(_slope + at), Lanes.Load(_offset + at));
        for (var run = 0; run < _x.Runs; run++)
        {
            float* x = _x.Row(plane, run), dy = _dy.Row(plane, run);
            for (nint i = 0; i < _x.RunLength; i += Lanes.Count)
            {
                Ahead.Prefetch(x + _x.Next + i);
                Ahead.Prefetch(dy + _dy.Next + i);
                Lanes.MultiplyAdd(Lanes.Load(dy + i), scale, Lanes.MultiplyAdd(Lanes.Load(x + i) - mean, slope, offset)).Store(dy + i);
            }
        }
    }
}
