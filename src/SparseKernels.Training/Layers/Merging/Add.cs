using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.Merging;

/// <summary>
/// The sum of two or more tensors of the same sizes, <c>y = Σ x_i</c>, optionally with a ReLU behind it in the same sweep. Behind a batch
/// normalisation use that layer's second input, which costs no sweep.
/// </summary>
/// <param name="name">Its path in the network.</param>
/// <param name="relu">Whether a ReLU follows.</param>
public sealed class Add(string name, bool relu = false) : MergingLayer(name)
{
    internal override (int Least, int Most) InputCount => (2, int.MaxValue);

    /// <summary>Whether a ReLU follows in the same sweep.</summary>
    internal bool HasRelu => relu;

    internal override PlanarUse PlanarUse(ReadOnlySpan<FeatureShape> inputs, Padding2D border) => Layers.PlanarUse.Follows;

    internal override Layer Twin() => new Add(Name, relu);

    internal override ChannelSpace Link(ChannelLinks links, ReadOnlySpan<ChannelSpace> inputs)
    {
        var sum = inputs[0];
        for (var i = 1; i < inputs.Length; i++) sum = links.Join(sum, inputs[i]);
        return sum;
    }

    private protected override LayerTraffic Run(ReadOnlySpan<BlockedTensor> inputs)
    {
        var last = inputs.Length - 1;
        var nonZeros = OutputZeros.Words();
        var traffic = default(LayerTraffic);
        for (var i = 1; i <= last; i++)
        {
            var sum = i == 1 ? inputs[0] : Y!;
            traffic += LayerTraffic.Reading(sum, inputs[i]) + LayerTraffic.Writing(Y!);
            if (!relu || i < last) Sum<Off, Off>(sum, inputs[i], default);
            else if (nonZeros.AreWanted) Sum<On, On>(sum, inputs[i], nonZeros);
            else Sum<On, Off>(sum, inputs[i], default);
        }

        if (relu) OutputZeros.Take();
        return traffic;
    }

    private protected override LayerTraffic RunBackward(BlockedTensor dy, ReadOnlySpan<bool> wanted, Span<BlockedTensor?> gradients)
    {
        var traffic = default(LayerTraffic);
        if (relu)
        {
            var mask = new GateGradient(Y!, dy, counts: null);
            Planes.Run(ref mask, dy, Workspace.Topology);
            traffic += LayerTraffic.Reading(Y!, dy) + LayerTraffic.Writing(dy);
        }

        // The first that wants the gradient gets dy itself, each other one a copy.
        var isGiven = false;
        for (var i = 0; i < gradients.Length; i++)
        {
            if (!wanted[i]) continue;
            gradients[i] = isGiven ? Copy(dy) : dy;
            if (isGiven) traffic += LayerTraffic.Reading(dy) + LayerTraffic.Writing(gradients[i]!);
            isGiven = true;
        }

        if (!isGiven) Workspace.Gradients.Return(dy);
        return traffic;
    }

    private protected override FeatureShape Merge(ReadOnlySpan<FeatureShape> inputs)
    {
        for (var i = 1; i < inputs.Length; i++)
        {
            if (inputs[i] != inputs[0])
                throw new ArgumentException($"{Name} adds tensors of the same sizes, but input 0 is {inputs[0]} and input {i} is {inputs[i]}.", nameof(inputs));
        }

        return inputs[0];
    }

    private protected override ActivationZeros DescribeZeros(FeatureShape output) =>
        relu ? ActivationZeros.Counted(Workspace.Batch, output, gatesGradient: true) : base.DescribeZeros(output);

    private BlockedTensor Copy(BlockedTensor dy)
    {
        var copy = Workspace.Gradients.RentLike(dy);
        var work = new CopyWork(dy, copy);
        Planes.Run(ref work, dy, Workspace.Topology);
        return copy;
    }

    private void Sum<TRelu, TCount>(BlockedTensor a, BlockedTensor b, NonZeroWords nonZeros)
        where TRelu : struct, ISwitch
        where TCount : struct, ISwitch
    {
        var work = new SumWork<TRelu, TCount>(a, b, Y!, nonZeros);
        Planes.Run(ref work, Y!, Workspace.Topology);
    }

    private readonly unsafe struct SumWork<TRelu, TCount>(BlockedTensor a, BlockedTensor b, BlockedTensor y, NonZeroWords nonZeros) : IPlaneWork
        where TRelu : struct, ISwitch
        where TCount : struct, ISwitch
    {
        private readonly PlaneView _a = new(a);
        private readonly PlaneView _b = new(b);
        private readonly PlaneView _y = new(y);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var length = _y.RunLength;
            for (var run = 0; run < _y.Runs; run++)
            {
                float* a = _a.Row(plane, run), b = _b.Row(plane, run), y = _y.Row(plane, run);
                for (nint i = 0; i < length; i += Lanes.Count)
                {
                    Ahead.Prefetch(a + _a.Next + i);
                    Ahead.Prefetch(b + _b.Next + i);
                    var sum = Lanes.Load(a + i) + Lanes.Load(b + i);
                    if (TRelu.IsOn) sum = Lanes.Rectify(sum);
                    sum.Store(y + i);
                    if (TCount.IsOn) nonZeros.Write((plane * length) + i, sum);
                }
            }

            if (TCount.IsOn) nonZeros.Count(plane);
        }
    }

    private readonly unsafe struct CopyWork(BlockedTensor from, BlockedTensor to) : IPlaneWork
    {
        private readonly PlaneView _from = new(from);
        private readonly PlaneView _to = new(to);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            for (var run = 0; run < _to.Runs; run++)
                new ReadOnlySpan<float>(_from.Row(plane, run), (int)_from.RunLength).CopyTo(new Span<float>(_to.Row(plane, run), (int)_to.RunLength));
        }
    }
}
