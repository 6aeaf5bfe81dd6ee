using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Passes.Frame;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.GradientMaskFine;

/// <summary>
/// Runs BackwardWeights for the weights that a pattern wants, one by one: each is the dot product of a channel of dy with a shifted channel
/// of x; up to six of one output channel share the loads of dy, and as many tiles as can be run in one call. A work item is a share of x's and of dy's channels and of the batch. For
/// each band it packs its channels of dy, then block after block of x's, and sums every wanted weight of the block; batch-blocked tensors it
/// reads where they lie. Channels of x
/// or dy that are zero in a band (whichever is the coarse side) drop their weights there.
/// </summary>
internal sealed unsafe class GradientMaskFinePass : ISparseGradientPass
{
    private const int Block = LaneBlock.Size;

    private readonly ComputeTopology _topology;
    private readonly RentalPool<GradientMaskFineScratch> _calls;

    public GradientMaskFinePass(ConvolutionShape shape, PlaneStrides strides, Operand coarse, PassMachine machine)
    {
        (Geometry, Coarse, _topology) = (TapGeometry.Forward(shape, strides.Layout), coarse, machine.Topology);
        Tiling = new GradientMaskFineTiling(Geometry, strides, _topology.Threads);
        var kernels = Enumerable.Range(1, KernelTable.MaxRows).Select(rows => KernelTable.Find(KernelFamily.Sddmm, machine.InstructionSet, rows, Block)).ToArray();
        Kernels = Array.ConvertAll(kernels, kernel => kernel.Function);
        KernelIds = Array.ConvertAll(kernels, kernel => kernel.Id);
        _calls = new(() => new GradientMaskFineScratch(Geometry, Tiling, _topology.Threads));
    }

    /// <summary>dw fine, by the weights' mask.</summary>
    public static SparseGradientWay Way { get; } = new(
        "maskfine", GradientMaskFineTerms.Names, (_, _) => null,
        (shape, _, pair, machine) => new GradientMaskFinePass(shape, default, pair.Coarse, machine),
        (shape, pair, _, threads) => new GradientMaskFineTerms(TapGeometry.Forward(shape), pair.Coarse, threads));

    /// <summary>The same on batch-blocked tensors, where they lie.</summary>
    public static SparseGradientWay BatchWay { get; } = new(
        "batchmaskfine", BatchMaskFineTerms.Names, (_, _) => null,
        (shape, strides, pair, machine) => new GradientMaskFinePass(shape, strides, pair.Coarse, machine),
        (shape, pair, _, threads) => new BatchMaskFineTerms(TapGeometry.Forward(shape, BlockedLayout.BatchBlocked), pair.Coarse, threads));

    public IEnumerable<string> KernelIds { get; }

    internal TapGeometry Geometry { get; }

    internal GradientMaskFineTiling Tiling { get; }

    /// <summary>The operand whose dead channels are left out.</summary>
    internal Operand Coarse { get; }

    /// <summary>Entry points by rows − 1.</summary>
    internal nint[] Kernels { get; }

    public bool Run(in ImageView x, in ImageView dy, float* dw, WeightPattern? wanted)
    {
        using var rented = _calls.Rent();
        var call = rented.Item;
        call.Wanted.Update(wanted!);
        var work = new Work { Pass = this, Call = call, X = x, Dy = dy };
        WorkerPool.Shared.Run(ref work, call.Wanted.WorkBefore, _topology);
        var write = new WriteWork { Pass = this, Wanted = call.Wanted, Dw = dw };
        WorkerPool.Shared.Run(ref write, Geometry.Groups * Geometry.OutC, _topology);
        return !write.FoundNonFinite;
    }

    public void Dispose()
    {
        _calls.Dispose();
    }

    private struct Work : IWork
    {
        public GradientMaskFinePass Pass;
        public GradientMaskFineScratch Call;
        public ImageView X;
        public ImageView Dy;

        public readonly void Do(int item, int worker) =>
            new GradientMaskFineItem(Pass, Call, worker, Pass.Tiling.ItemOf(item)).Run(in X, in Dy);
    }

    /// <summary>Adds up the shares of one output channel's weights in ascending order.</summary>
    private struct WriteWork : IWork
    {
        public GradientMaskFinePass Pass;
        public WantedWeights Wanted;
        public float* Dw;
        public bool FoundNonFinite;

        public void Do(int item, int worker)
        {
            var (g, t) = (Pass.Geometry, Pass.Tiling);
            var isFinite = true;
            new Span<float>(Dw + (nint)item * g.OutWeightStep, g.OutWeightStep).Clear();
            for (var block = 0; block < t.ChannelBlocks; block++)
            {
                var starts = Wanted.Starts(item / g.OutC, block) + item % g.OutC;
                for (var i = starts[0]; i < starts[1]; i++)
                {
                    var sum = Wanted.Sums(0)[i];
                    for (var split = 1; split < t.Splits; split++) sum += Wanted.Sums(split)[i];
                    Dw[Wanted.Indexes[i]] = sum;
                    isFinite &= float.IsFinite(sum);
                }
            }

            if (!isFinite) FoundNonFinite = true;
        }
    }
}
