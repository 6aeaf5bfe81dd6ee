using SparseKernels.Geometry;
using SparseKernels.Kernels;
using SparseKernels.Passes.Frame;

namespace SparseKernels.Passes.GradientMaskFine;

/// <summary>The time of a <see cref="GradientMaskFinePass"/>.</summary>
internal sealed class GradientMaskFineTerms : CostTerms
{
    private readonly Operand _coarse;
    private readonly bool _lanesAreImages;
    private readonly double _far;
    private readonly double _lists;
    private readonly double _weightsOfList;
    private readonly double _vectors;
    private readonly double _pixelBlocks;
    private readonly double _runs;
    private readonly double _packed;
    private readonly double _restrided;
    private readonly double _weights;

    public GradientMaskFineTerms(TapGeometry g, Operand coarse, int threads)
        : this(g, coarse, new GradientMaskFineTiling(g, threads), threads)
    {
    }

    private GradientMaskFineTerms(TapGeometry g, Operand coarse, GradientMaskFineTiling t, int threads)
        : base(t.Items, threads)
    {
        (_coarse, _lanesAreImages) = (coarse, t.LanesAreImages);
        _lists = (double)g.Groups * g.OutC * t.ChannelBlocks;
        _far = Far(g.Shape);
        _weights = g.Shape.WeightLength;
        _weightsOfList = _weights / _lists;
        _pixelBlocks = t.PixelBlocks;
        _vectors = _pixelBlocks * t.Windows * t.BandRows * t.RowBlocks;
        // The rows of a window make one run where they follow one another in both operands.
        _runs = _pixelBlocks * t.Windows * (g.InStepH * t.PackedColumns == t.RowBlocks ? 1 : t.BandRows);
        var x = _pixelBlocks * t.Windows * g.Groups * t.OutGroups * g.InC * t.ChannelStep;
        _packed = x + _pixelBlocks * t.Windows * g.Groups * t.ChannelGroups * g.OutC * t.OutStep;
        _restrided = t.LanesAreImages && g.InStepW > 1 ? x : 0;
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["products", "tiles", "runs", "sums", "elements", "batch-packed", "pixel-packed", "restrided", "written", "far", "call"];

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        var live = _coarse == Operand.Input ? work.Input.Coarse : work.Output.Coarse;
        var wanted = _weights * work.Weight.Fine;
        var tiles = wanted / KernelTable.MaxRows + _lists * Live(work.Weight.Fine, _weightsOfList) / 2;
        terms[0] = wanted * _vectors * live;
        terms[1] = tiles * _vectors * live;
        terms[2] = tiles * _runs * live;
        terms[3] = tiles * _pixelBlocks * live;
        terms[4] = wanted * _pixelBlocks;
        terms[5] = _lanesAreImages ? _packed : 0;
        terms[6] = _lanesAreImages ? 0 : _packed;
        terms[7] = _restrided;
        terms[8] = _weights;
        terms[9] = _far;
        terms[10] = 1;
    }
}
