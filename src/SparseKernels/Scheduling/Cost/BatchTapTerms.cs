namespace SparseKernels.Scheduling.Cost;

/// <summary>The time of a <see cref="BatchTapPass"/>; densities don't matter to it.</summary>
internal sealed class BatchTapTerms : CostTerms
{
    private static readonly string[] s_names = ["products", "tiles", "packed", "written", "weights", "cleared", "far", "call"];

    private readonly double _far;
    private readonly double _products;
    private readonly double _tiles;
    private readonly double _packed;
    private readonly double _written;
    private readonly double _weights;
    private readonly double _cleared;

    public BatchTapTerms(TapGeometry g, InstructionSetKind isa, int threads)
        : this(g, isa, new BatchTapTiling(g), threads)
    {
    }

    private BatchTapTerms(TapGeometry g, InstructionSetKind isa, BatchTapTiling t, int threads)
        : base(new(g.IsForward ? ConvolutionPass.Forward : ConvolutionPass.BackwardData, Cost.Driver.BatchTap), t.Items, threads)
    {
        const int Block = BlockedTensor.Block;
        var blocks = BlockedTensor.Blocks(g.Shape.N);
        var leastRows = Ceiling(LatencyVectors, Block / InstructionSet.LanesOf(isa));
        var steps = t.Rows.Sum(rows => Math.Max(rows.Count, leastRows));
        foreach (var phase in g.Phases)
        {
            var pixels = (double)blocks * g.Groups * phase.Rows * phase.Columns;
            _products += pixels * phase.Taps.Length * g.InC * steps;
            _tiles += pixels * t.Rows.Length * Ceiling(g.InC, t.ChunkChannels);
        }

        _packed = (double)blocks * g.Groups * t.Bands * t.PackedPlane * g.InC;
        _written = (double)blocks * g.Groups * t.Bands * t.OutLength;
        _far = Far(g.Shape);
        _weights = g.Shape.WeightLength;
        _cleared = (double)g.Shape.N * BlockedTensor.Blocks(g.OutTotal) * Block * g.OutH * g.OutW;
    }

    public static ReadOnlySpan<string> Names => s_names;

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
