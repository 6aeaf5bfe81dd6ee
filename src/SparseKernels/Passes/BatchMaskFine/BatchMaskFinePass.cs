using SparseKernels.Geometry;
using SparseKernels.Memory;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.Lists;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.BatchMaskFine;

/// <summary>
/// Runs BackwardWeights for the weights that a pattern wants, one by one, on batch-blocked tensors, where they lie: each is the dot product
/// of a channel of dy with a shifted channel of x. A work item is a share of dy's channels and of the batch. Channels of x or dy that are
/// zero in a band (whichever is the coarse side) drop their weights there.
/// </summary>
/// <remarks>
/// Loops: band of rows → block of input channels (so that a tile's input stays in L1) → a few output channels (so that their sums do) →
/// tiles of pixels → output channel, whose pixels are in registers while its list of wanted weights passes.
/// </remarks>
internal sealed unsafe class BatchMaskFinePass : ISparseGradientPass
{
    private readonly TapGeometry _g;
    private readonly BatchMaskFineTiling _tiling;
    private readonly Operand _coarse;
    private readonly ComputeTopology _topology;
    private readonly RentalPool<BatchMaskFineScratch> _calls;

    public BatchMaskFinePass(ConvolutionShape shape, PlaneStrides strides, Operand coarse, PassMachine machine)
    {
        (_g, _coarse, _topology) = (TapGeometry.Forward(shape, strides.Layout), coarse, machine.Topology);
        _tiling = new BatchMaskFineTiling(new TensorPlaces(_g, strides), machine.InstructionSet, _topology.Threads);
        _calls = new(() => new BatchMaskFineScratch(_g, _tiling, _topology.Threads));
    }

    /// <summary>dw fine, by the weights' mask, tensors batch-blocked.</summary>
    public static SparseGradientWay Way { get; } = new(
        "batchmaskfine", BatchMaskFineTerms.Names, (_, _) => null,
        (shape, strides, pair, machine) => new BatchMaskFinePass(shape, strides, pair.Coarse, machine),
        (shape, pair, isa, threads) => new BatchMaskFineTerms(TapGeometry.Forward(shape, BlockedLayout.BatchBlocked), pair.Coarse, isa, threads));

    public IEnumerable<string> KernelIds => _tiling.Tiles.Kernels.Select(kernel => kernel.Id);

    public bool Run(in ImageView x, in ImageView dy, float* dw, WeightPattern? wanted)
    {
        using var rented = _calls.Rent();
        var call = rented.Item;
        call.Wanted.Update(wanted!, _tiling.BlocksOf(wanted!.FineDensity));
        call.Reserve();
        var work = new Work { Pass = this, Call = call, X = x, Dy = dy };
        WorkerPool.Shared.Run(ref work, call.Wanted.WorkBefore, _topology);
        return WantedWrite.Run(call.Wanted, _g.Groups * _g.OutC, dw, _topology);
    }

    public void Dispose() => _calls.Dispose();

    private struct Work : IWork
    {
        public BatchMaskFinePass Pass;
        public BatchMaskFineScratch Call;
        public ImageView X;
        public ImageView Dy;

        public readonly void Do(int item, int worker) =>
            new BatchMaskFineItem(Pass._tiling, Pass._coarse, Call, worker, Pass._tiling.ItemOf(item)).Run(in X, in Dy);
    }
}
