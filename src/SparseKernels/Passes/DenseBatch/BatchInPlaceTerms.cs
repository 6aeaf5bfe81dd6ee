using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.DenseBatch;

/// <summary>The time of a <see cref="BatchInPlacePass"/>; densities don't matter to it.</summary>
internal sealed class BatchInPlaceTerms : CostTerms
{
    private readonly double _products;
    private readonly double _tiles;
    private readonly double _weights;
    private readonly double _cleared;
    private readonly double _far;

    public BatchInPlaceTerms(TapGeometry g, InstructionSetKind isa, int threads)
        : base(LaneBlock.Count(g.Shape.N) * g.Groups * g.GridRows, threads)
    {
        const int Block = LaneBlock.Size;
        var leastRows = Ceiling(LatencyVectors, Block / InstructionSet.LanesOf(isa));
        var rows = new BatchWeights(g).Rows;
        var steps = rows.Sum(tile => Math.Max(tile.Count, leastRows));
        foreach (var phase in g.Phases)
        {
            var pixels = (double)LaneBlock.Count(g.Shape.N) * g.Groups * phase.Rows * phase.Columns;
            _products += pixels * phase.Taps.Length * g.InC * steps;
            _tiles += pixels * rows.Length * Ceiling(g.InC, BatchInPlacePass.EnoughChannels);
        }

        _weights = g.Shape.WeightLength;
        _cleared = (double)g.Shape.N * LaneBlock.Count(g.OutTotal) * Block * g.OutH * g.OutW;
        _far = Far(g.Shape);
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } = ["products", "tiles", "weights", "cleared", "far", "call"];

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        terms[0] = _products;
        terms[1] = _tiles;
        terms[2] = _weights * PackingOf(in work);
        terms[3] = _cleared * ClearingOf(in work);
        terms[4] = _far;
        terms[5] = 1;
    }
}
