using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using SparseKernels.Threading;

namespace SparseKernels.Passes.GradientDataFine;

/// <summary>The time of a <see cref="GradientDataFinePass"/>.</summary>
internal sealed class GradientDataFineTerms : CostTerms
{
    private const int Block = LaneBlock.Size;

    /// <summary>Rows of a whole panel, or of its single blocks.</summary>
    private const int Wide = 0, Single = 1;

    private readonly bool _isSpilled;
    private readonly bool _listsInput;
    private readonly bool _skipsWeights;
    private readonly double _far;
    private readonly double _panelBlocks;
    private readonly double _tapsOfRun;

    /// <summary>For panels as wide as they come, and for panels of single blocks.</summary>
    private readonly (double Steps, double Entries, double Lists, double Sums, double Packed)[] _ways;

    private readonly double _entriesOfList;
    private readonly double _listed;
    private readonly double _written;

    public GradientDataFineTerms(ConvolutionShape shape, OperandPair pair, InstructionSetKind isa, int threads)
        : this(GradientDataFinePass.GeometryOf(shape, pair), pair, isa, threads)
    {
    }

    private GradientDataFineTerms(TapGeometry g, OperandPair pair, InstructionSetKind isa, int threads)
        : this(g, pair, isa, new GradientDataFineTiling(g, isa, pair.Coarse == Operand.Weight, threads), threads)
    {
    }

    private GradientDataFineTerms(TapGeometry g, OperandPair pair, InstructionSetKind isa, GradientDataFineTiling t, int threads)
        : base(t.Items, threads)
    {
        _listsInput = pair.Fine == Operand.Input;
        _skipsWeights = pair.Coarse == Operand.Weight;
        double n = g.Shape.N, blocks = LaneBlock.Count(g.InC), channels = (double)g.OutC * g.Groups;
        var vectors = Block / InstructionSet.LanesOf(isa);
        _ways = [WayOf(t.Joint), WayOf([.. Enumerable.Range(0, (int)blocks).Select(block => new LanePanel(block, 1))])];
        _panelBlocks = blocks / t.Joint.Length;
        _tapsOfRun = t.Runs.Length == 0 ? 1 : t.Runs.Average(run => run.Taps.Length);
        _entriesOfList = _ways[Wide].Lists == 0 ? 1 : _ways[Wide].Entries / _ways[Wide].Lists;
        _listed = n * channels * g.Phases.Sum(phase => (double)phase.Rows * phase.Columns) * t.PanelGroups.Length;
        _far = Far(g.Shape);
        _isSpilled = (double)t.ListBlocks * Block * blocks * Block / t.PanelGroups.Length * g.TapCount * sizeof(float) > MachineTopology.L2Bytes / 2.0;
        _written = t.Splits * channels * blocks * Block * g.TapCount;

        (double, double, double, double, double) WayOf(LanePanel[] panels)
        {
            double steps = 0, entries = 0, lists = 0, sums = 0;
            foreach (var run in t.Runs)
            {
                var phase = g.Phases[run.Phase];
                var listed = n * channels * phase.Rows * phase.Columns;
                foreach (var panel in panels)
                {
                    steps += listed * (vectors * panel.Blocks * run.Taps.Length + 1);
                    entries += listed;
                    lists += channels * t.PixelBlocks;
                    sums += channels * t.PixelBlocks * panel.Blocks * run.Taps.Length;
                }
            }

            var packed = (double)g.Groups * t.ListGroups * t.PixelBlocks * t.PanelPixels * blocks * Block;
            return (steps, entries, lists, sums, packed);
        }
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["steps", "entries", "lists", "sums", "listed", "packed", "written", "far", "spilled", "call"];

    public override int Ways => _skipsWeights && _panelBlocks > 1 ? 2 : 1;

    public override int WayOf(in PassWork work)
    {
        if (Ways == 1) return Wide;
        var (wide, single) = (LiveRows(in work, _panelBlocks), LiveRows(in work, 1));
        return single * _ways[Single].Steps < wide * _ways[Wide].Steps ? Single : Wide;
    }

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        var data = _listsInput ? work.Input.Fine : work.Output.Fine;
        var blocks = way == Wide ? _panelBlocks : 1;
        var rows = _skipsWeights ? LiveRows(in work, blocks) : Live((_listsInput ? work.Output : work.Input).Coarse, blocks * Block);
        var lists = rows * Live(data, _entriesOfList);
        ref readonly var of = ref _ways[way];
        terms[0] = of.Steps * data * rows;
        terms[1] = of.Entries * data * rows;
        terms[2] = of.Lists * lists;
        terms[3] = of.Sums * lists;
        terms[4] = _listed;
        terms[5] = of.Packed;
        terms[6] = _written;
        terms[7] = _far;
        terms[8] = _isSpilled ? terms[3] : 0;
        terms[9] = 1;
    }

    /// <summary>
    /// The share of rows (a listed channel, a run of taps, so many blocks of lanes) with a wanted weight. Groups of weights lie along
    /// output channels.
    /// </summary>
    private double LiveRows(in PassWork work, double blocks) =>
        _listsInput ? Live(work.Weight.Coarse, blocks) : Live(work.Weight.Fine, blocks * Block * _tapsOfRun);
}
