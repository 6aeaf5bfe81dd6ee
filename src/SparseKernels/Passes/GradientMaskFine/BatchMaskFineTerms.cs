using SparseKernels.Geometry;
using SparseKernels.Kernels;
using SparseKernels.Passes.Frame;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.GradientMaskFine;

/// <summary>The time of a <see cref="GradientMaskFinePass"/> on batch-blocked tensors: nothing is packed.</summary>
internal sealed class BatchMaskFineTerms : CostTerms
{
    private readonly Operand _coarse;
    private readonly double _far;
    private readonly double _lists;
    private readonly double _weights;
    private readonly double _vectors;
    private readonly double _pixelBlocks;
    private readonly double _runs;
    private readonly double _searched;

    public BatchMaskFineTerms(TapGeometry g, Operand coarse, int threads)
        : this(g, coarse, new GradientMaskFineTiling(g, PlaneStrides.Of(BlockedLayout.BatchBlocked, g.InH, g.InW, g.Border), threads), threads)
    {
    }

    private BatchMaskFineTerms(TapGeometry g, Operand coarse, GradientMaskFineTiling t, int threads)
        : base(t.Items, threads)
    {
        _coarse = coarse;
        _far = Far(g.Shape);
        _lists = (double)g.Groups * g.OutC * t.ChannelBlocks;
        _weights = g.Shape.WeightLength;
        _pixelBlocks = t.PixelBlocks;
        _vectors = _pixelBlocks * t.BandRows * t.RowBlocks;
        _runs = _pixelBlocks * t.BandRows * (g.InStepW == 1 ? 1 : g.OutW);
        _searched = _pixelBlocks * g.Groups * (coarse == Operand.Input
            ? (double)t.OutGroups * g.InC * t.PackedRows * g.InW
            : (double)t.ChannelBlocks * g.OutC * t.BandRows * t.RowBlocks);
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["products", "tiles", "runs", "sums", "elements", "searched", "written", "far", "call"];

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        var live = _coarse == Operand.Input ? work.Input.Coarse : work.Output.Coarse;
        var wanted = _weights * work.Weight.Fine;
        var tiles = wanted / KernelTable.MaxRows + _lists * Live(work.Weight.Fine, _weights / _lists) / 2;
        terms[0] = wanted * _vectors * live;
        terms[1] = tiles * _vectors * live;
        terms[2] = tiles * _runs * live;
        terms[3] = tiles * _pixelBlocks * live;
        terms[4] = wanted * _pixelBlocks;
        terms[5] = _searched;
        terms[6] = _weights;
        terms[7] = _far;
        terms[8] = 1;
    }
}
