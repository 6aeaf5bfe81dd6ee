using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Layers.Elementwise.Functions;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.Elementwise;

/// <summary>
/// A function of each element alone, <c>y = f(x)</c> and <c>dx = dy · f′(x)</c>. The output is a tensor of its own, because x is what
/// Backward reads; <see cref="Relu"/>, which needs no more than y, runs in place instead.
/// </summary>
public abstract class Activation : TimedLayer
{
    private readonly ActivationSweep _sweep;
    private BlockedTensor? _x;
    private BlockedTensor? _y;

    private protected Activation(string name, ActivationSweep sweep)
        : base(name) => _sweep = sweep;

    internal override PlanarUse PlanarUse(ReadOnlySpan<FeatureShape> inputs, Padding2D border) => Layers.PlanarUse.Follows;

    internal override bool SpoilsBorder => true;

    internal override ChannelSpace Link(ChannelLinks links, ChannelSpace input) => input;

    private protected override BlockedTensor Run(BlockedTensor x, bool training, out LayerTraffic traffic)
    {
        _x = x;
        _sweep.Forward(x, _y!, OutputZeros.Words(), Workspace.Topology);
        OutputZeros.Take();
        traffic = LayerTraffic.Reading(x) + LayerTraffic.Writing(_y!);
        return _y!;
    }

    private protected override BlockedTensor RunBackward(BlockedTensor dy, out LayerTraffic traffic)
    {
        _sweep.Backward(_x!, dy, InputZeros.GradientCounts, Workspace.Topology);
        InputZeros.TakeGradient();
        traffic = LayerTraffic.Reading(_x!, dy) + LayerTraffic.Writing(dy);
        return dy;
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        _y = Workspace.CreateTensor(input);
        return input;
    }

    private protected override ActivationZeros DescribeZeros(FeatureShape output) =>
        _sweep.MakesZeros ? ActivationZeros.Counted(Workspace.Batch, output, _sweep.GatesGradient) : base.DescribeZeros(output);

    private protected override void Release()
    {
        _y?.Dispose();
        (_x, _y) = (null, null);
    }
}
