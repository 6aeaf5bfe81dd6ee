using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Layers.Merging;

/// <summary>
/// The product of two tensors, <c>y = x · z</c>. z is of x's sizes, or <c>[C, 1, 1]</c> and counts for all pixels of its channel: the scale of a
/// squeeze-and-excitation. Its gradient is <c>dz = Σ dy · x</c> then, summed over the pixels in an order that follows from the sizes.
/// </summary>
/// <param name="name">Its path in the network.</param>
public sealed class Multiply(string name) : MergingLayer(name)
{
    private BlockedTensor? _x;
    private BlockedTensor? _z;

    internal override (int Least, int Most) InputCount => (2, 2);

    internal override Layer Twin() => new Multiply(Name);

    internal override ChannelSpace Link(ChannelLinks links, ReadOnlySpan<ChannelSpace> inputs) => links.Join(inputs[0], inputs[1]);

    private protected override LayerTraffic Run(ReadOnlySpan<BlockedTensor> inputs)
    {
        (_x, _z) = (inputs[0], inputs[1]);
        Product(_x, _z, Y!);
        return LayerTraffic.Reading(_x, _z) + LayerTraffic.Writing(Y!);
    }

    private protected override LayerTraffic RunBackward(BlockedTensor dy, ReadOnlySpan<bool> wanted, Span<BlockedTensor?> gradients)
    {
        var traffic = default(LayerTraffic);
        if (wanted[1])
        {
            var dz = Workspace.Gradients.RentLike(_z!);
            if (IsScale(_z!, dy)) Sum(dy, _x!, dz);
            else Product(dy, _x!, dz);
            gradients[1] = dz;
            traffic += LayerTraffic.Reading(dy, _x!) + LayerTraffic.Writing(dz);
        }

        if (wanted[0])
        {
            Product(dy, _z!, dy);
            gradients[0] = dy;
            traffic += LayerTraffic.Reading(dy, _z!) + LayerTraffic.Writing(dy);
        }
        else
        {
            Workspace.Gradients.Return(dy);
        }

        return traffic;
    }

    private protected override FeatureShape Merge(ReadOnlySpan<FeatureShape> inputs)
    {
        var (x, z) = (inputs[0], inputs[1]);
        if (z != x && z != new FeatureShape(x.Channels, 1, 1))
            throw new ArgumentException($"{Name} multiplies {x} by the same sizes or by [{x.Channels}, 1, 1], but input 1 is {z}.", nameof(inputs));
        return x;
    }

    private protected override void Release()
    {
        base.Release();
        (_x, _z) = (null, null);
    }

    private static bool IsScale(BlockedTensor z, BlockedTensor y) => (z.H, z.W) != (y.H, y.W);

    private void Product(BlockedTensor a, BlockedTensor b, BlockedTensor y)
    {
        if (IsScale(b, y)) Product<On>(a, b, y);
        else Product<Off>(a, b, y);
    }

    private void Product<TScale>(BlockedTensor a, BlockedTensor b, BlockedTensor y)
        where TScale : struct, ISwitch
    {
        var work = new ProductWork<TScale>(a, b, y);
        Planes.Run(ref work, y, Workspace.Topology);
    }

    private void Sum(BlockedTensor a, BlockedTensor b, BlockedTensor sum)
    {
        var work = new SumWork(a, b, sum);
        Planes.Run(ref work, a, Workspace.Topology);
    }

    private readonly unsafe struct ProductWork<TScale>(BlockedTensor a, BlockedTensor b, BlockedTensor y) : IPlaneWork
        where TScale : struct, ISwitch
    {
        private readonly PlaneView _a = new(a);
        private readonly PlaneView _b = new(b);
        private readonly PlaneView _y = new(y);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var scale = TScale.IsOn ? Lanes.Load(_b.Row(plane, 0)) : Lanes.Zero;
            for (var run = 0; run < _y.Runs; run++)
            {
                float* a = _a.Row(plane, run), b = TScale.IsOn ? a : _b.Row(plane, run), y = _y.Row(plane, run);
                for (nint i = 0; i < _y.RunLength; i += Lanes.Count)
                {
                    Ahead.Prefetch(a + _a.Next + i);
                    if (!TScale.IsOn) Ahead.Prefetch(b + _b.Next + i);
                    (Lanes.Load(a + i) * (TScale.IsOn ? scale : Lanes.Load(b + i))).Store(y + i);
                }
            }
        }
    }

    /// <summary>Σ a·b over the pixels of a plane, in double precision over short sums.</summary>
    private readonly unsafe struct SumWork(BlockedTensor a, BlockedTensor b, BlockedTensor sum) : IPlaneWork
    {
        private readonly PlaneView _a = new(a);
        private readonly PlaneView _b = new(b);
        private readonly PlaneView _sum = new(sum);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var totals = stackalloc double[Lanes.Count];
            new Span<double>(totals, Lanes.Count).Clear();
            for (var run = 0; run < _a.Runs; run++)
            {
                float* a = _a.Row(plane, run), b = _b.Row(plane, run);
                for (nint i = 0; i < _a.RunLength;)
                {
                    var end = Math.Min(i + (DoubleSums.Run * Lanes.Count), _a.RunLength);
                    var part = Lanes.Zero;
                    for (; i < end; i += Lanes.Count)
                    {
                        Ahead.Prefetch(a + _a.Next + i);
                        Ahead.Prefetch(b + _b.Next + i);
                        part = Lanes.MultiplyAdd(Lanes.Load(a + i), Lanes.Load(b + i), part);
                    }

                    DoubleSums.Fold(part, totals);
                }
            }

            var to = _sum.Row(plane, 0);
            for (var lane = 0; lane < Lanes.Count; lane++) to[lane] = (float)totals[lane];
        }
    }
}
