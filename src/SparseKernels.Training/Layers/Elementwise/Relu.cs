using System.Runtime.CompilerServices;
using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.Elementwise;

/// <summary>
/// <c>y = max(x, 0)</c>, in place where no other layer needs the input unrectified: the output is the input's own memory then.
/// After a batch normalisation use that layer's own ReLU, which costs no sweep.
/// </summary>
/// <param name="name">Its path in the network.</param>
public sealed class Relu(string name) : TimedLayer(name)
{
    private BlockedTensor? _own;
    private BlockedTensor? _y;

    internal override ValueRange? Limits => ValueRange.Relu;

    internal override bool WritesInput => true;

    internal override PlanarUse PlanarUse(ReadOnlySpan<FeatureShape> inputs, Padding2D border) => Layers.PlanarUse.Follows;

    internal override Layer Twin() => new Relu(Name);

    internal override ChannelSpace Link(ChannelLinks links, ChannelSpace input) => input;

    private protected override BlockedTensor Run(BlockedTensor x, bool training, out LayerTraffic traffic)
    {
        var nonZeros = OutputZeros.Words();
        _y = _own ?? x;
        if (nonZeros.AreWanted) Rectify<On>(x, _y, nonZeros);
        else Rectify<Off>(x, _y, nonZeros);
        OutputZeros.Take();
        traffic = LayerTraffic.Reading(x) + LayerTraffic.Writing(_y);
        return _y;
    }

    private protected override BlockedTensor RunBackward(BlockedTensor dy, out LayerTraffic traffic)
    {
        var work = new GateGradient(_y!, dy, InputZeros.GradientCounts);
        Planes.Run(ref work, dy, Workspace.Topology);
        InputZeros.TakeGradient();
        traffic = LayerTraffic.Reading(_y!, dy) + LayerTraffic.Writing(dy);
        return dy;
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        _own = MayWriteInput ? null : Workspace.CreateTensor(input);
        return input;
    }

    private protected override ActivationZeros DescribeZeros(FeatureShape output) =>
        ActivationZeros.Counted(Workspace.Batch, output, gatesGradient: true);

    private protected override void Release()
    {
        _own?.Dispose();
        (_own, _y) = (null, null);
    }

    private void Rectify<TCount>(BlockedTensor x, BlockedTensor y, NonZeroWords nonZeros)
        where TCount : struct, ISwitch
    {
        var work = new RectifyWork<TCount>(x, y, nonZeros);
        Planes.Run(ref work, x, Workspace.Topology);
    }

    private readonly unsafe struct RectifyWork<TCount>(BlockedTensor x, BlockedTensor y, NonZeroWords nonZeros) : IPlaneWork
        where TCount : struct, ISwitch
    {
        private readonly PlaneView _x = new(x);
        private readonly PlaneView _y = new(y);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var length = _x.RunLength;
            for (var run = 0; run < _x.Runs; run++)
            {
                float* x = _x.Row(plane, run), y = _y.Row(plane, run);
                for (nint i = 0; i < length; i += Lanes.Count)
                {
                    var value = Lanes.Rectify(Lanes.Load(x + i));
                    value.Store(y + i);
                    if (TCount.IsOn) nonZeros.Write((plane * length) + i, value);
                }
            }

            if (TCount.IsOn) nonZeros.Count(plane);
        }
    }
}
