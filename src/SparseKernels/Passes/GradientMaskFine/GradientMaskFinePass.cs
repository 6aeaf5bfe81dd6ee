using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.Lists;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.GradientMaskFine;

/// <summary>
/// Runs BackwardWeights for the weights that a pattern wants, one by one: each is the dot product of a channel of dy with a shifted channel
/// of x; up to six of one output channel share the loads of dy, and as many tiles as can be run in one call. A work item is a share of x's and of dy's channels and of the batch. For
/// each band it packs its channels of dy, then block after block of x's, and sums every wanted weight of the block. Channels of x or dy that
/// are zero in a band (whichever is the coarse side) drop their weights there.
/// </summary>
internal sealed unsafe class GradientMaskFinePass : ISparseGradientPass
{
    private const int Block = LaneBlock.Size;

    private readonly ComputeTopology _topology;
    private readonly RentalPool<GradientMaskFineScratch> _calls;

    public GradientMaskFinePass(ConvolutionShape shape, Operand coarse, PassMachine machine)
    {
        (Geometry, Coarse, _topology) = (TapGeometry.Forward(shape), coarse, machine.Topology);
        Tiling = new GradientMaskFineTiling(Geometry, _topology.Threads);
        var kernels = Enumerable.Range(1, KernelTable.MaxRows).Select(rows => KernelTable.Find(KernelFamily.Sddmm, machine.InstructionSet, rows, Block)).ToArray();
        Kernels = Array.ConvertAll(kernels, kernel => kernel.Function);
        KernelIds = Array.ConvertAll(kernels, kernel => kernel.Id);
        _calls = new(() => new GradientMaskFineScratch(Geometry, Tiling, _topology.Threads));
    }

    /// <summary>dw fine, by the weights' mask.</summary>
    public static SparseGradientWay Way { get; } = new(
        "maskfine", GradientMaskFineTerms.Names, (_, _) => null,
        (shape, _, pair, machine) => new GradientMaskFinePass(shape, pair.Coarse, machine),
        (shape, pair, _, threads) => new GradientMaskFineTerms(TapGeometry.Forward(shape), pair.Coarse, threads));

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
        call.Wanted.Update(wanted!, Tiling.ChannelBlocks);
        var work = new Work { Pass = this, Call = call, X = x, Dy = dy };
        WorkerPool.Shared.Run(ref work, call.Wanted.WorkBefore, _topology);
        return WantedWrite.Run(call.Wanted, Geometry.Groups * Geometry.OutC, dw, _topology);
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
}
