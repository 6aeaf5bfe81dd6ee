using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.Dense;

/// <summary>The time of a <see cref="DenseTapPass"/>, depthwise or not; densities don't matter to it.</summary>
internal sealed class DenseTapTerms : CostTerms
{
    private readonly double _far;
    private readonly double _products;
    private readonly double _tiles;
    private readonly double _runs;
    private readonly double _packed;
    private readonly double _written;
    private readonly double _streamed;
    private readonly double _weights;

    public DenseTapTerms(TapGeometry g, InstructionSetKind isa, int threads)
        : this(g, isa, OutputPanel.Split(g.OutC, isa), threads)
    {
    }

    private DenseTapTerms(TapGeometry g, InstructionSetKind isa, OutputPanel[] panels, int threads)
        : this(g, isa, panels, new TapTiling(g, panels, threads), threads)
    {
    }

    private DenseTapTerms(TapGeometry g, InstructionSetKind isa, OutputPanel[] panels, TapTiling t, int threads)
        : base(t.Items, threads)
    {
        var inBlocks = LaneBlock.Count(g.InC);
        var chunks = Ceiling(inBlocks, t.ChunkBlocks);
        var depth = g.IsLaneWise ? 1 : g.InC;
        foreach (var phase in g.Phases)
        {
            var pixels = t.ImagesPerBlock * Math.Min(t.BandRows, phase.Rows) * phase.Columns;
            var items = (double)g.Groups * g.Shape.N * phase.Rows * phase.Columns / pixels;
            var rows = phase.Taps.Select(tap => tap.Dh).Distinct().Count();
            foreach (var panel in panels)
            {
                var (tiles, steps) = Tiles(pixels, panel.Width / InstructionSet.LanesOf(isa));
                _products += items * steps * phase.Taps.Length * depth * panel.Width / LaneBlock.Size;
                _tiles += items * tiles * chunks * panel.Width / LaneBlock.Size;
                _runs += items * tiles * inBlocks * rows;
            }
        }

        _packed = (double)t.PanelGroups * g.Groups * g.Shape.N * t.Bands * t.PackedPlane * inBlocks;
        _written = (double)g.Groups * g.Shape.N * LaneBlock.Count(g.OutC) * LaneBlock.Size * g.OutH * g.OutW;
        _streamed = (double)t.ImageBlocks * t.Bands * g.Shape.WeightLength;
        _far = Far(g.Shape);
        _weights = g.Shape.WeightLength;
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["products", "tiles", "runs", "packed", "written", "streamed", "weights", "cleared", "far", "call"];

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        terms[0] = _products;
        terms[1] = _tiles;
        terms[2] = _runs;
        terms[3] = _packed;
        terms[4] = _written;
        terms[5] = _streamed;
        terms[6] = _weights * PackingOf(in work);
        terms[7] = _written * ClearingOf(in work);
        terms[8] = _far;
        terms[9] = 1;
    }
}
