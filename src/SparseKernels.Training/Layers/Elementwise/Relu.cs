using System.Runtime.CompilerServices;
using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.Elementwise;

/// <summary>
/// <c>y = max(x, 0)</c>, in place: the output is the input's own memory, which no layer that can stand before it needs unrectified.
/// After a batch normalisation use that layer's own ReLU, which costs no sweep.
/// </summary>
/// <param name="name">Its path in the network.</param>
public sealed class Relu(string name) : TimedLayer(name)
{
    private BlockedTensor? _y;

    internal override Layer Twin() => new Relu(Name);

    internal override ChannelSpace Link(ChannelLinks links, ChannelSpace input) => input;

    private protected override BlockedTensor Run(BlockedTensor x, bool training)
    {
        var nonZeros = OutputZeros.Words();
        _y = x;
        if (nonZeros.AreWanted) Rectify<On>(x, nonZeros);
        else Rectify<Off>(x, nonZeros);
        OutputZeros.Take();
        return x;
    }

    private protected override BlockedTensor RunBackward(BlockedTensor dy)
    {
        var work = new MaskWork(_y!, dy, InputZeros.GradientCounts);
        Planes.Run(ref work, dy, Workspace.Topology);
        InputZeros.TakeGradient();
        return dy;
    }

    private protected override FeatureShape Allocate(FeatureShape input) => input;

    private protected override ActivationZeros DescribeZeros(FeatureShape output) =>
        ActivationZeros.Counted(Workspace.Batch, output, gatesGradient: true);

    private protected override void Release() => _y = null;

    private void Rectify<TCount>(BlockedTensor x, NonZeroWords nonZeros)
        where TCount : struct, ISwitch
    {
        var work = new RectifyWork<TCount>(x, nonZeros);
        Planes.Run(ref work, x, Workspace.Topology);
    }

    private readonly unsafe struct RectifyWork<TCount>(BlockedTensor x, NonZeroWords nonZeros) : IPlaneWork
        where TCount : struct, ISwitch
    {
        private readonly float* _x = x.Pointer;
        private readonly nint _elements = (nint)x.H * x.W * Lanes.Count;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var first = plane * _elements;
            var x = _x + first;
            for (nint i = 0; i < _elements; i += Lanes.Count)
            {
                var value = Lanes.Rectify(Lanes.Load(x + i));
                value.Store(x + i);
                if (TCount.IsOn) nonZeros.Write(first + i, value);
            }

            if (TCount.IsOn) nonZeros.Count(plane);
        }
    }

    private readonly unsafe struct MaskWork(BlockedTensor y, BlockedTensor dy, PlaneCounts? counts) : IPlaneWork
    {
        private readonly float* _y = y.Pointer;
        private readonly float* _dy = dy.Pointer;
        private readonly nint _elements = (nint)y.H * y.W * Lanes.Count;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            float* y = _y + (plane * _elements), dy = _dy + (plane * _elements);
            for (nint i = 0; i < _elements; i += Lanes.Count) Lanes.WherePositive(Lanes.Load(y + i), Lanes.Load(dy + i)).Store(dy + i);
            counts?.Count(plane, _dy);
        }
    }
}
