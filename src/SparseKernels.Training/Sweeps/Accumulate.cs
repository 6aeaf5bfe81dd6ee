using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Training.Sweeps;

/// <summary>Adds one tensor to another of the same sizes: the two gradients that meet where a residual block's branches part.</summary>
internal readonly unsafe struct Accumulate(BlockedTensor addend, BlockedTensor sum) : IPlaneWork
{
    private readonly PlaneView _addend = new(addend);
    private readonly PlaneView _sum = new(sum);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        for (var run = 0; run < _sum.Runs; run++)
        {
            float* addend = _addend.Row(plane, run), sum = _sum.Row(plane, run);
            for (nint i = 0; i < _sum.RunLength; i += Lanes.Count)
            {
                Ahead.Prefetch(addend + _addend.Next + i);
                Ahead.Prefetch(sum + _sum.Next + i);
                (Lanes.Load(sum + i) + Lanes.Load(addend + i)).Store(sum + i);
            }
        }
    }
}
