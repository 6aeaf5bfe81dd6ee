using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.Lists;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.WeightFine;

/// <summary>The time of a <see cref="WeightFinePass"/>.</summary>
internal sealed class WeightFineTerms : CostTerms
{
    private const int Block = LaneBlock.Size;

    /// <summary>Every entry walked, or those of the input channels that are live in a work item, copied.</summary>
    private const int AsPacked = 0, Copied = 1;

    /// <summary>Words of a mask that are read in the time that a strip of them takes to begin.</summary>
    private const double ColumnsOfStep = 4;

    private readonly bool _skipsData;
    private readonly bool _skipsResult;
    private readonly bool _isForward;
    private readonly WeightFineTiling _t;
    private readonly TapGeometry _g;
    private readonly double _far;
    private readonly double _items;
    private readonly double _lanesOfTile;

    /// <summary>Of every phase: taps, tiles of a channel's plane, cost of an entry over it, and its vectors.</summary>
    private readonly (int Taps, double Tiles, double Cost, double Vectors)[] _phases;

    private readonly double _packed;
    private readonly double _unpacked;
    private readonly double _searched;
    private readonly double _wanted;
    private readonly double _cleared;

    public WeightFineTerms(TapGeometry g, PassOperand coarse, InstructionSetKind isa, int threads)
        : this(g, coarse, new WeightFineTiling(g, isa, threads), threads)
    {
    }

    private WeightFineTerms(TapGeometry g, PassOperand coarse, WeightFineTiling t, int threads)
        : base(t.Items, threads)
    {
        (_g, _t, _isForward) = (g, t, g.IsForward);
        (_skipsData, _skipsResult) = (coarse == PassOperand.Data, coarse == PassOperand.Result);
        _items = (double)t.ImageSets * g.Groups * t.Bands;
        _phases = g.Phases.Select(phase => Of(phase)).ToArray();
        _far = Far(g.Shape);
        var transfer = WeightFineTiling.TransferCost(t.Panel.Lanes);
        _packed = _items * t.OutParts * g.InC * t.Panel.PlaneLength / Block * transfer;
        _unpacked = _items * g.OutC * _phases.Sum(phase => phase.Vectors) * transfer;
        _searched = _items * t.OutParts * g.InC * t.Panel.PlaneLength;
        _cleared = (double)g.Shape.N * LaneBlock.Count(g.OutTotal) * Block * g.OutH * g.OutW;
        var strips = (double)g.Shape.N * g.Groups * t.OutParts * g.Phases.Sum(phase => (double)phase.Rows * phase.Columns) / t.Panel.Lanes.Columns;
        _wanted = strips * (1 + Ceiling(LaneBlock.Count(g.OutC), t.OutParts) * (1 + t.Panel.Lanes.Columns / ColumnsOfStep));
        _lanesOfTile = Block * _phases.Sum(phase => phase.Vectors) / Math.Max(1, _phases.Sum(phase => phase.Tiles));
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["steps", "entries", "lists", "sums", "packed", "unpacked", "searched", "wanted", "copied", "weights", "listed", "cleared", "far", "call"];

    public override int Ways => _skipsData ? 2 : 1;

    public override int WayOf(in PassWork work)
    {
        var dead = 1 - (_isForward ? work.Input : work.Output).Coarse;
        return _skipsData && dead * _t.Panel.Rows * _t.Panel.Slots * _t.Panel.ImageBlocks > LiveWeightLists.CopyCost ? Copied : AsPacked;
    }

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        var weights = work.Weight.Fine;
        var channels = way == Copied ? (_isForward ? work.Input : work.Output).Coarse : 1;
        var outputs = _skipsResult ? Live((_isForward ? work.Output : work.Input).Fine, _lanesOfTile) : 1;
        double steps = 0, entries = 0, lists = 0, sums = 0;
        foreach (var (taps, tiles, cost, vectors) in _phases)
        {
            var blocks = Blocks(weights, taps);
            var live = Live(weights * channels, taps * _g.InC / Math.Max(1, blocks)) * blocks;
            steps += cost * taps;
            entries += tiles * taps;
            lists += tiles * live;
            sums += vectors * live;
        }

        double perOutput = _items * _g.OutC * outputs, perEntry = perOutput * _g.InC * weights * channels;
        terms[0] = steps * perEntry;
        terms[1] = entries * perEntry;
        terms[2] = lists * perOutput;
        terms[3] = sums * perOutput;
        terms[4] = _packed;
        terms[5] = _unpacked;
        terms[6] = _skipsData ? _searched : 0;
        terms[7] = _skipsResult ? _wanted : 0;
        terms[8] = way == Copied ? _items * _t.OutParts * _g.Shape.WeightLength / _g.Groups * weights : 0;
        terms[9] = _g.Shape.WeightLength * PackingOf(in work);
        terms[10] = _g.Shape.WeightLength * weights * PackingOf(in work);
        terms[11] = _cleared * ClearingOf(in work);
        terms[12] = _far;
        terms[13] = 1;
    }

    /// <summary>Blocks of input channels of a phase's lists, as its lists choose them.</summary>
    private double Blocks(double density, int taps) => taps == 0 ? 0 : _t.Blocking.BlocksOf(_g.InC, taps, density);

    private (int Taps, double Tiles, double Cost, double Vectors) Of(TapPhase phase)
    {
        var panel = _t.Panel;
        var rows = Math.Min(panel.Rows, phase.Rows);
        var slots = panel.RowsAdjoin ? panel.Slots : Ceiling(phase.Columns, panel.Lanes.Columns);
        var (run, runs) = panel.RowsAdjoin ? (rows * slots * panel.ImageBlocks, 1) : (slots * panel.ImageBlocks, rows);
        var (tiles, cost) = (0, 0);
        for (var left = run; left > 0;)
        {
            var segment = _t.NextSegment(left);
            left -= segment;
            for (var inSegment = segment; inSegment > 0; tiles++)
            {
                var tile = _t.Tiles.First(inSegment);
                cost += _t.Tiles.Cost(tile);
                inSegment -= tile;
            }
        }

        // The last band may be shorter.
        var share = (double)phase.Rows / (panel.Lanes.Bands * rows * Math.Max(1, _t.Bands));
        share = Math.Min(1, share);
        return (phase.Taps.Length, runs * tiles * share, runs * (double)cost * share, runs * (double)run * share);
    }
}
