using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Passes.Frame;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.DenseGradient;

/// <summary>The time of a <see cref="DenseGradientPass"/>; densities don't matter to it.</summary>
internal sealed class DenseGradientTerms : CostTerms
{
    private const int Block = LaneBlock.Size;

    private readonly double _far;
    private readonly double _products;
    private readonly double _tiles;
    private readonly double _packed;
    private readonly double _vectors;
    private readonly double _sums;

    public DenseGradientTerms(TapGeometry g, InstructionSetKind isa, int threads)
        : this(g, isa, OutputPanel.Split(g.OutC, isa), threads)
    {
    }

    private DenseGradientTerms(TapGeometry g, InstructionSetKind isa, OutputPanel[] panels, int threads)
        : this(g, isa, panels, new DenseGradientTiling(g, panels, threads), threads)
    {
    }

    private DenseGradientTerms(TapGeometry g, InstructionSetKind isa, OutputPanel[] panels, DenseGradientTiling t, int threads)
        : base(t.Items, threads)
    {
        var inBlocks = LaneBlock.Count(g.InC);
        var pixels = (double)g.Shape.N * g.GridRows * g.GridColumns * g.Groups;
        var rows = g.Phases[0].Taps.GroupBy(tap => tap.Dh).Select(row => row.Count());
        foreach (var panel in panels)
        {
            var vectors = panel.Width / InstructionSet.LanesOf(isa);
            var least = Ceiling(LatencyVectors, vectors);
            for (var block = 0; block < inBlocks; block++)
            {
                var channels = Math.Min(Block, g.InC - block * Block);
                foreach (var taps in rows)
                {
                    // Neighbouring taps' channels follow one another only where the block is full.
                    var (run, runs) = channels == t.Lanes ? (taps * channels, 1) : (channels, taps);
                    var pieces = Ceiling(run, KernelTable.MaxRows);
                    _products += pixels * runs * Math.Max(run, pieces * least) * panel.Width / Block;
                    _tiles += (double)t.PixelBlocks * g.Groups * runs * pieces * panel.Width / Block;
                }
            }
        }

        var lanes = LaneBlock.Count(g.OutC) * Block;
        _packed = (double)g.Groups * t.PanelGroups * g.Shape.N * t.Bands * t.PackedPlane * inBlocks;
        _far = Far(g.Shape);
        _vectors = pixels * t.ChannelGroups * lanes;
        _sums = (double)t.Splits * g.Groups * lanes * g.InC * g.TapCount;
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["products", "tiles", "packed", "vectors", "sums", "far", "call"];

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        terms[0] = _products;
        terms[1] = _tiles;
        terms[2] = _packed;
        terms[3] = _vectors;
        terms[4] = _sums;
        terms[5] = _far;
        terms[6] = 1;
    }
}
