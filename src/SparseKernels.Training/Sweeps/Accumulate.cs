using System.Runtime.CompilerServices;
using SparseKernels.Tensors;

namespace SparseKernels.Training.Sweeps;

/// <summary>Adds one tensor to another of the same sizes: the two gradients that meet where a residual block's branches part.</summary>
internal readonly unsafe struct Accumulate(BlockedTensor addend, BlockedTensor sum) : IPlaneWork
{
    private readonly float* _addend = addend.Pointer;
    private readonly float* _sum = sum.Pointer;
    private readonly nint _elements = (nint)sum.H * sum.W * Lanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        float* addend = _addend + (plane * _elements), sum = _sum + (plane * _elements);
        for (nint i = 0; i < _elements; i += Lanes.Count) (Lanes.Load(sum + i) + Lanes.Load(addend + i)).Store(sum + i);
    }
}
