using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.Lists;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.InPlaceWeightFine;

/// <summary>
/// Runs a Forward or BackwardData pass that skips zero weights one by one, on batch-blocked or planar tensors, where they lie: for a tile of
/// vectors of output pixels, whose sums stay in registers, each output channel walks the list of its non-zero weights. Nothing is packed and
/// no pixel is at an edge. The coarse operand drops input channels that are zero throughout a work item, or output channels of which no pixel
/// of a tile is wanted.
/// </summary>
/// <remarks>
/// Loops: strip of tiles → segment of output channels → tile → block of input channels (so that the tile's input stays near L1 while the segment
/// passes) → output channel. A strip is what L2 holds of the input beside all else; it lets a segment write a longer piece of each of its planes
/// before others', each a page of its own, take their turn.
/// </remarks>
internal sealed unsafe class InPlaceWeightFinePass : SparseTapPass<InPlaceWeightFineScratch, WeightLists>
{
    private readonly InPlaceWeightFineTiling _tiling;
    private readonly PassOperand _coarse;

    public InPlaceWeightFinePass(TapGeometry geometry, PlaneStrides strides, PassOperand coarse, PassMachine machine)
        : base(machine.Topology)
    {
        _tiling = new InPlaceWeightFineTiling(new TensorPlaces(geometry, strides), machine.InstructionSet, machine.Topology.Threads);
        _coarse = coarse;
    }

    /// <summary>w fine, tensors batch-blocked.</summary>
    public static SparseTapWay BatchWay { get; } = WayOf("batchweightfine", BlockedLayout.BatchBlocked, (_, _, _) => null);

    /// <summary>w fine, tensors planar.</summary>
    public static SparseTapWay PlanarWay { get; } = WayOf(
        "planarweightfine", BlockedLayout.Planar,
        (geometry, _, _) => PlanarFit.CanBe(geometry) ? null : "planar: BackwardData of a stride converts its tensors");

    public override IEnumerable<string> KernelIds => _tiling.Tiles.Kernels.Select(kernel => kernel.Id);

    public override bool Limits => true;

    public override bool TakesMoments => !_tiling.Places.IsPlanar && _tiling.Places.Geometry.IsForward;

    protected override int Items => _tiling.Items;

    protected override bool HeedsMask => _coarse == PassOperand.Result;

    public override SparseWeightForm CreateWeights() => new WeightLists(_tiling.Places, _tiling.Blocking, _tiling.JoinsGroups);

    protected override InPlaceWeightFineScratch CreateScratch() => new(_tiling, Topology.Threads);

    protected override ImageView Prepare(InPlaceWeightFineScratch scratch, in ImageView input) =>
        scratch.Split?.Fill(in input, Topology) ?? input;

    protected override void Do(ref readonly TapCall<InPlaceWeightFineScratch, WeightLists> call, int item, int worker)
    {
        var part = item % _tiling.OutParts;
        item /= _tiling.OutParts;
        var row = item % _tiling.Bands * _tiling.BandRows;
        item /= _tiling.Bands;
        new InPlaceWeightFineItem(
            _tiling, _coarse, in call, worker, item / _tiling.GroupItems * _tiling.Places.ImagesTogether,
            item % _tiling.GroupItems * _tiling.GroupsTogether, row, part).Run();
    }

    private static SparseTapWay WayOf(string name, BlockedLayout layout, Func<TapGeometry, InstructionSetKind, int, string?> whyDense) => new(
        name, InPlaceWeightFineTerms.Names, whyDense,
        (geometry, strides, coarse, machine) => new InPlaceWeightFinePass(geometry, strides, coarse, machine),
        (geometry, coarse, isa, threads) => new InPlaceWeightFineTerms(geometry, layout, coarse, isa, threads));
}
