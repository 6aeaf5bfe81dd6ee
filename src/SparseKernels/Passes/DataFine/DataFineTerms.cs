using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.DataFine;

/// <summary>The time of a <see cref="DataFinePass"/>.</summary>
internal sealed class DataFineTerms : CostTerms
{
    private const int Block = LaneBlock.Size;

    /// <summary>
    /// Every channel of a panel listed, the channels with a weight in the panel, or those with a weight in the filter row.
    /// </summary>
    private const int All = 0, OfPanel = 1, OfRun = 2;

    /// <summary>The driver's thresholds: shares of live channels above which leaving the others out does not pay.</summary>
    private const double WorthPanel = 0.9, WorthRun = 0.75;

    private readonly bool _skipsWeights;
    private readonly bool _skipsResult;
    private readonly bool _isForward;
    private readonly double _streamed;
    private readonly double _far;
    private readonly double _panelBlocks;
    private readonly double _runs;
    private readonly double _entriesOfList;
    private readonly double _steps;
    private readonly double _entries;
    private readonly double _lists;
    private readonly double _sums;
    private readonly double _scanned;
    private readonly double _relistPanel;
    private readonly double _relistAll;
    private readonly double _written;
    private readonly double _weights;

    public DataFineTerms(TapGeometry g, PassOperand coarse, InstructionSetKind isa, int threads)
        : this(g, coarse, isa, new DataFineTiling(g, isa, threads), threads)
    {
    }

    private DataFineTerms(TapGeometry g, PassOperand coarse, InstructionSetKind isa, DataFineTiling t, int threads)
        : base(t.Items, threads)
    {
        _skipsWeights = coarse == PassOperand.Weights;
        _skipsResult = coarse == PassOperand.Result && g.OutGroupsAreWholeBlocks;
        _isForward = g.IsForward;
        var chunks = Ceiling(t.InBlocks * Block, t.ChunkChannels);
        double n = g.Shape.N, panels = t.Panels.Length, blocks = LaneBlock.Count(g.OutC);
        // A broadcast and a multiply-add of each vector, from memory all.
        var vectors = Block / InstructionSet.LanesOf(isa);
        var loads = t.Panels.Sum(panel => panel.Width / Block * vectors + 1);
        var met = 0.0;
        foreach (var run in t.Runs)
        {
            var phase = g.Phases[run.Phase];
            met += run.Taps.Sum(tap => Met(g, phase, tap));
            _lists += n * g.Groups * phase.Rows * phase.Columns * panels * chunks;
        }

        _steps = n * g.Groups * g.InC * met * loads;
        _entries = n * g.Groups * g.InC * met * panels;
        _sums = _lists * blocks / panels;
        _runs = Math.Max(1, t.Runs.Length);
        _panelBlocks = blocks / panels;
        _entriesOfList = _lists == 0 ? 1 : _entries / _lists;
        _scanned = n * g.Groups * t.Bands * t.PackedRows * t.PackedColumns * t.InBlocks * t.PanelGroups;
        _relistAll = t.Panels.Select(panel => panel.Width).Distinct().Count();
        _relistPanel = t.PanelsPerGroup;
        _written = n * g.Groups * blocks * Block * g.OutH * g.OutW;
        _far = Far(g.Shape);
        _streamed = (double)t.ImageBlocks * t.Bands * g.Groups * t.OutLanes * g.InC * g.TapCount;
        _weights = g.Shape.WeightLength;
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["steps", "entries", "lists", "sums", "scanned", "wanted", "written", "weights", "cleared", "searched", "far", "streamed", "call"];

    public override int Ways => _skipsWeights ? 3 : 1;

    public override int WayOf(in PassWork work)
    {
        if (!_skipsWeights) return All;
        var (panel, run) = LiveChannels(work.Weight.Coarse);
        return panel >= WorthPanel ? All : run >= WorthRun * panel ? OfPanel : OfRun;
    }

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        var data = _isForward ? work.Input.Fine : work.Output.Fine;
        var (panel, run) = LiveChannels(work.Weight.Coarse);
        var channels = way == All ? 1 : way == OfPanel ? panel : run;
        var pixels = _skipsResult ? Live((_isForward ? work.Output : work.Input).Coarse, _panelBlocks) : 1;
        var lists = pixels * Live(data * channels, _entriesOfList);
        var relist = way == All ? _relistAll : way == OfPanel ? _relistPanel : _relistPanel * _runs;
        terms[0] = _steps * data * channels * pixels;
        terms[1] = _entries * data * channels * pixels;
        terms[2] = _lists * lists;
        terms[3] = _sums * lists;
        terms[4] = _scanned * relist;
        terms[5] = _skipsResult ? _lists + _sums : 0;
        terms[6] = _written;
        terms[7] = _weights * PackingOf(in work);
        terms[8] = _written * ClearingOf(in work);
        terms[9] = _skipsWeights ? _weights * PackingOf(in work) : 0;
        terms[10] = _far;
        terms[11] = _streamed;
        terms[12] = 1;
    }

    /// <summary>Shares of input channels with a weight in a panel, and in a panel and filter row.</summary>
    private (double Panel, double Run) LiveChannels(double coarse) => (Live(coarse, _panelBlocks * _runs), Live(coarse, _panelBlocks));
}
