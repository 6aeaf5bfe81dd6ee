using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.DenseBatch;

/// <summary>The time of a <see cref="DenseBatchPass"/>; densities don't matter to it.</summary>
internal sealed class DenseBatchTerms : CostTerms
{
    private readonly double _far;
    private readonly double _products;
    private readonly double _tiles;
    private readonly double _packed;
    private readonly double _written;
    private readonly double _weights;
    private readonly double _cleared;

    public DenseBatchTerms(TapGeometry g, InstructionSetKind isa, int threads)
        : this(g, isa, new DenseBatchTiling(g), threads)
    {
    }

    private DenseBatchTerms(TapGeometry g, InstructionSetKind isa, DenseBatchTiling t, int threads)
        : base(t.Items, threads)
    {
        const int Block = LaneBlock.Size;
        var blocks = LaneBlock.Count(g.Shape.N);
        var leastRows = Ceiling(LatencyVectors, Block / InstructionSet.LanesOf(isa));
        var tilesOfChannels = new BatchWeights(g).Rows;
        var steps = tilesOfChannels.Sum(rows => Math.Max(rows.Count, leastRows));
        foreach (var phase in g.Phases)
        {
            var pixels = (double)blocks * g.Groups * phase.Rows * phase.Columns;
            _products += pixels * phase.Taps.Length * g.InC * steps;
            _tiles += pixels * tilesOfChannels.Length * Ceiling(g.InC, t.ChunkChannels);
        }

        _packed = (double)blocks * g.Groups * t.Bands * t.PackedPlane * g.InC;
        _written = (double)blocks * g.Groups * t.Bands * t.OutLength;
        _far = Far(g.Shape);
        _weights = g.Shape.WeightLength;
        _cleared = (double)g.Shape.N * LaneBlock.Count(g.OutTotal) * Block * g.OutH * g.OutW;
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["products", "tiles", "packed", "written", "weights", "cleared", "far", "call"];

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        terms[0] = _products;
        terms[1] = _tiles;
        terms[2] = _packed;
        terms[3] = _written;
        terms[4] = _weights * PackingOf(in work);
        terms[5] = _cleared * ClearingOf(in work);
        terms[6] = _far;
        terms[7] = 1;
    }
}
