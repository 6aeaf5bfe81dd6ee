using System.Runtime.CompilerServices;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers;

/// <summary>The gradient below a ReLU, in place: dy where y is positive, else 0.</summary>
/// <param name="y">What the ReLU gave.</param>
/// <param name="dy">Its gradient, which becomes that of what the ReLU was given.</param>
/// <param name="counts">Where non-zeros are counted; null for nowhere.</param>
internal readonly unsafe struct GateGradient(BlockedTensor y, BlockedTensor dy, PlaneCounts? counts) : IPlaneWork
{
    private readonly PlaneView _y = new(y);
    private readonly PlaneView _dy = new(dy);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        for (var run = 0; run < _y.Runs; run++)
        {
            float* y = _y.Row(plane, run), dy = _dy.Row(plane, run);
            for (nint i = 0; i < _y.RunLength; i += Lanes.Count) Lanes.WherePositive(Lanes.Load(y + i), Lanes.Load(dy + i)).Store(dy + i);
        }

        counts?.Count(plane, _dy.Row(0, 0));
    }
}
