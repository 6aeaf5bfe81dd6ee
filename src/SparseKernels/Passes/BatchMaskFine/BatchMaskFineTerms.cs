using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.BatchMaskFine;

/// <summary>The time of a <see cref="BatchMaskFinePass"/>: nothing is packed.</summary>
internal sealed class BatchMaskFineTerms : CostTerms
{
    private readonly TapGeometry _g;
    private readonly BatchMaskFineTiling _t;
    private readonly Operand _coarse;
    private readonly double _far;
    private readonly double _weights;
    private readonly double _images;
    private readonly double _steps;
    private readonly double _tiles;

    public BatchMaskFineTerms(TapGeometry g, Operand coarse, InstructionSetKind isa, int threads)
        : this(g, coarse, new BatchMaskFineTiling(new(g, PlaneStrides.Of(BlockedLayout.BatchBlocked, g.InH, g.InW, g.Border)), isa, threads), threads)
    {
    }

    private BatchMaskFineTerms(TapGeometry g, Operand coarse, BatchMaskFineTiling t, int threads)
        : base(t.Items, threads)
    {
        (_g, _t, _coarse) = (g, t, coarse);
        _far = Far(g.Shape);
        _weights = g.Shape.WeightLength;
        _images = t.Places.ImageItems;
        var (tiles, cost) = t.Tiles.CutOf(g.OutW);
        (_steps, _tiles) = (_images * g.OutH * cost, _images * g.OutH * tiles);
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } = ["steps", "entries", "lists", "sums", "searched", "written", "far", "call"];

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        var live = (_coarse == Operand.Input ? work.Input : work.Output).Coarse;
        var wanted = _weights * work.Weight.Fine;
        var blocks = _t.BlocksOf(work.Weight.Fine);
        var lists = (double)_g.Groups * _g.OutC * blocks;
        terms[0] = wanted * _steps * live;
        terms[1] = wanted * _tiles * live;
        terms[2] = lists * Live(work.Weight.Fine, _weights / lists) * _tiles * live;
        terms[3] = wanted * _t.PixelBlocks;
        terms[4] = _images * _g.Groups * (_coarse == Operand.Input
            ? (double)_t.OutGroups * _g.InC * _t.Bands * ((_t.BandRows - 1) * _g.InStepH + _g.MaxDh - _g.MinDh + 1) * _g.InW
            : (double)_g.OutC * _g.OutH * _g.OutW);
        terms[5] = _weights;
        terms[6] = _far;
        terms[7] = 1;
    }
}
