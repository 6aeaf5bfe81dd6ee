using System.Runtime.CompilerServices;

namespace SparseKernels.Training.Layers;

/// <summary>
/// <c>y = max(x, 0)</c>, in place: the output is the input's own memory, which no layer that can stand before it needs unrectified.
/// After a batch normalisation use that layer's own ReLU, which costs no sweep.
/// </summary>
/// <param name="name">Its path in the network.</param>
public sealed class Relu(string name) : TimedLayer(name)
{
    private BlockedTensor? _y;

    private protected override BlockedTensor Run(BlockedTensor x, bool training)
    {
        _y = x;
        var work = new RectifyWork(x);
        Planes.Run(ref work, x, Workspace.Topology);
        return x;
    }

    private protected override BlockedTensor RunBackward(BlockedTensor dy)
    {
        var work = new MaskWork(_y!, dy);
        Planes.Run(ref work, dy, Workspace.Topology);
        return dy;
    }

    private protected override FeatureShape Allocate(FeatureShape input) => input;

    private protected override void Release() => _y = null;

    private readonly unsafe struct RectifyWork(BlockedTensor x) : IPlaneWork
    {
        private readonly float* _x = x.Pointer;
        private readonly nint _elements = (nint)x.H * x.W * Lanes.Count;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var x = _x + (plane * _elements);
            for (nint i = 0; i < _elements; i += Lanes.Count) Lanes.Rectify(Lanes.Load(x + i)).Store(x + i);
        }
    }

    private readonly unsafe struct MaskWork(BlockedTensor y, BlockedTensor dy) : IPlaneWork
    {
        private readonly float* _y = y.Pointer;
        private readonly float* _dy = dy.Pointer;
        private readonly nint _elements = (nint)y.H * y.W * Lanes.Count;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            float* y = _y + (plane * _elements), dy = _dy + (plane * _elements);
            for (nint i = 0; i < _elements; i += Lanes.Count) Lanes.WherePositive(Lanes.Load(y + i), Lanes.Load(dy + i)).Store(dy + i);
        }
    }
}
