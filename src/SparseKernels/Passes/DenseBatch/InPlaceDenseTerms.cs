using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using SparseKernels.Tensors;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.DenseBatch;

/// <summary>The time of a <see cref="InPlaceDensePass"/>; densities don't matter to it.</summary>
internal sealed class InPlaceDenseTerms : CostTerms
{
    private readonly double _products;
    private readonly double _tiles;
    private readonly double _weights;
    private readonly double _cleared;
    private readonly double _split;
    private readonly double _far;

    public InPlaceDenseTerms(TapGeometry g, BlockedLayout layout, InstructionSetKind isa, int threads)
        : this(g, new TensorPlaces(g, PlaneStrides.Of(layout, g.InH, g.InW, g.Border)), isa, threads)
    {
    }

    private InPlaceDenseTerms(TapGeometry g, TensorPlaces places, InstructionSetKind isa, int threads)
        : base(places.ImageItems * g.Groups * places.GridRows, threads)
    {
        const int Block = LaneBlock.Size;
        var leastRows = Ceiling(LatencyVectors, Block / InstructionSet.LanesOf(isa));
        var rows = new BatchWeights(g).Rows;
        var steps = rows.Sum(tile => Math.Max(tile.Count, leastRows));
        foreach (var phase in g.Phases)
        {
            var (phaseRows, phaseColumns) = places.GridOf(phase);
            var vectors = (double)places.ImageItems * g.Groups * phaseRows * phaseColumns;
            _products += vectors * phase.Taps.Length * g.InC * steps;
            _tiles += vectors * rows.Length * Ceiling(g.InC, InPlaceDensePass.EnoughChannels);
        }

        _weights = g.Shape.WeightLength;
        _cleared = (double)g.Shape.N * LaneBlock.Count(g.OutTotal) * Block * g.OutH * g.OutW;
        _split = places.Split is null ? 0 : (double)g.Shape.N * g.Groups * g.InC * places.ChannelStep;
        _far = Far(g.Shape);
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } = ["products", "tiles", "weights", "cleared", "split", "far", "call"];

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        terms[0] = _products;
        terms[1] = _tiles;
        terms[2] = _weights * PackingOf(in work);
        terms[3] = _cleared * ClearingOf(in work);
        terms[4] = _split;
        terms[5] = _far;
        terms[6] = 1;
    }
}
