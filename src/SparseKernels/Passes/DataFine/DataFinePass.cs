using System.Numerics;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Passes.Frame;

namespace SparseKernels.Passes.DataFine;

/// <summary>
/// Forward with x fine, or BackwardData with dy fine, channel-blocked: the non-zeros of each pixel as a list, each multiplied by a panel
/// of weights. Coarse, either weights (an input channel whose weights are all zero in a panel and filter row has no entry in its list)
/// or the result (a pixel of which no lane of the panel is wanted is passed over).
/// </summary>
/// <remarks>
/// A work item is some images, or a band of rows of one, and a share of the output channels. Chunk by chunk of input channels it lists
/// the non-zeros once, then walks the lists for every panel of weights and every filter row; a panel's share of a chunk stays in L1. Chunks
/// add up in ascending order.
/// </remarks>
internal sealed unsafe class DataFinePass : SparseTapPass<Scratch, PanelWeights>
{
    private const int Block = LaneBlock.Size;

    /// <summary>
    /// Output channels of a group under which more lanes are empty than full: the dense kernels are faster there, whatever the zeros.
    /// </summary>
    private const int FewestChannels = 8;

    /// <summary>Share of a chunk's channels that are live in a filter row above which a list of them alone does not pay.</summary>
    private const double WorthFiltering = 0.75;

    private readonly TapGeometry _geometry;
    private readonly DataFineTiling _tiling;
    private readonly PassOperand _coarse;
    private readonly KernelEntry[] _kernels;

    public DataFinePass(TapGeometry geometry, PassOperand coarse, PassMachine machine)
        : base(machine.Topology)
    {
        (_geometry, _coarse) = (geometry, coarse);
        _tiling = new DataFineTiling(geometry, machine.InstructionSet, machine.Topology.Threads);
        _kernels = _tiling.Panels.Select(panel => KernelTable.FindSpmm(machine.InstructionSet, panel.Width / Block)).ToArray();
    }

    /// <summary>x of Forward, or dy of BackwardData, fine.</summary>
    public static SparseTapWay Way { get; } = new(
        "datafine", DataFineTerms.Names, (geometry, _, _) => WhyDense(geometry),
        (geometry, _, coarse, machine) =>
            new DataFinePass(geometry, coarse, machine), (geometry, coarse, isa, threads) =>
                new DataFineTerms(geometry, coarse, isa, threads));

    /// <summary>Why the dense kernels serve a shape, or null if this pass does.</summary>
    public static string? WhyDense(TapGeometry geometry) => geometry.OutC < FewestChannels
        ? $"{geometry.OutC} output channels in a group leave most lanes empty; {FewestChannels} are the fewest that pay"
        : null;

    public override IEnumerable<string> KernelIds => _kernels.Select(kernel => kernel.Id).Distinct();

    protected override int Items => _tiling.Items;

    protected override bool HeedsMask => _coarse == PassOperand.Result && _geometry.OutGroupsAreWholeBlocks;

    public override SparseWeightForm CreateWeights() =>
        new PanelWeights(_geometry, _tiling, Topology, skipsDeadChannels: _coarse == PassOperand.Weights);

    protected override Scratch CreateScratch() => new(DataFineScratch.Length(_geometry, _tiling), 1, Topology.Threads);

    protected override void Do(ref readonly TapCall<Scratch, PanelWeights> call, int item, int worker)
    {
        var panelGroup = item % _tiling.PanelGroups;
        item /= _tiling.PanelGroups;
        var row = item % _tiling.Bands * _tiling.BandRows;
        item /= _tiling.Bands;
        var image = item % _tiling.ImageBlocks * _tiling.ImagesPerItem;
        new Item(this, in call, worker, item / _tiling.ImageBlocks, image, row, panelGroup * _tiling.PanelsPerGroup).Run();
    }

    /// <summary>One work item.</summary>
    private readonly ref struct Item
    {
        private readonly ref readonly TapCall<Scratch, PanelWeights> _call;
        private readonly DataFinePass _pass;
        private readonly TapGeometry _g;
        private readonly DataFineTiling _t;
        private readonly NonZeroLists _lists;
        private readonly ResultRows _rows;
        private readonly int _group;
        private readonly int _image;
        private readonly int _images;
        private readonly int _row;
        private readonly int _firstPanel;
        private readonly int _lastPanel;

        public Item(
            DataFinePass pass, ref readonly TapCall<Scratch, PanelWeights> call, int worker, int group, int image, int row, int firstPanel)
        {
            _call = ref call;
            _pass = pass;
            (_g, _t) = (_pass._geometry, _pass._tiling);
            (_group, _image, _row, _firstPanel) = (group, image, row, firstPanel);
            _images = Math.Min(_t.ImagesPerItem, _g.Shape.N - image);
            _lastPanel = Math.Min(firstPanel + _t.PanelsPerGroup, _t.Panels.Length);
            var scratch = new DataFineScratch(call.Scratch.Of(worker), _g, _t);
            _lists = new NonZeroLists(_g, _t, scratch, group, image, _images, row);
            var last = _t.Panels[_lastPanel - 1];
            _rows = new ResultRows(
                _g, in call.Output, scratch.Output, group, _t.Panels[firstPanel].FirstLane, last.FirstLane + last.Width, image, _images,
                row * _g.OutStepH, _t.OutRows);
        }

        public void Run()
        {
            _rows.Fill(_call.Bias);
            var listed = new ListedChunk(stackalloc ushort[_t.MostBlocks]);
            var more = true;
            for (var i = 0; more; i++)
            {
                more = false;
                for (var panel = _firstPanel; panel < _lastPanel; panel++)
                {
                    var chunks = _call.Weights.Chunks(_group, panel);
                    if (i >= chunks.Length) continue;
                    more = true;
                    for (var run = 0; run < _t.Runs.Length; run++) RunPanel(panel, in chunks[i], run, ref listed);
                }
            }

            _rows.Finish();
        }

        /// <summary>The channels of a chunk that may have entries in a run.</summary>
        private ReadOnlySpan<ushort> Live(int panel, in PanelChunk chunk, int run)
        {
            var live = _call.Weights.Live(_group, panel, in chunk);
            if (chunk.IsFull) return live;
            var inRun = _call.Weights.RunLive(_group, panel, in chunk, run);
            var channels = 0;
            foreach (var word in inRun) channels += BitOperations.PopCount(word);
            return channels < WorthFiltering * chunk.Channels ? inRun : live;
        }

        private void RunPanel(int panel, in PanelChunk chunk, int runIndex, ref ListedChunk listed)
        {
            var (p, run) = (_t.Panels[panel], _t.Runs[runIndex]);
            var live = Live(panel, in chunk, runIndex);
            if (!listed.Holds(in chunk, panel, p.Width, live))
                _lists.List(in _call.Input, in chunk, _call.Weights.Places(_group, panel, in chunk), p.Width, live);
            var phase = _g.Phases[run.Phase];
            var pixel = (nint)chunk.Channels * p.Width;
            SpmmArguments a = default;
            a.Offsets = _lists.Offsets;
            a.Values = _lists.Values;
            a.StartStep = _g.InStepW;
            a.Span = run.Taps.Length;
            a.PanelStep = -_g.InStepW * pixel;
            a.YStep = _g.OutStepW * Block;
            a.YBlockStep = _rows.BlockStep;
            var weights = _call.Weights.Values(_group, panel, in chunk, runIndex) - (run.Dw - _g.MinDw) * pixel;
            var kernel = (delegate*<SpmmArguments*, void>)_pass._kernels[panel].Function;
            for (var image = 0; image < _images; image++)
            {
                for (var i = 0; i < Math.Min(_t.BandRows, phase.Rows - _row); i++)
                {
                    var starts = _lists.Starts(image, i * _g.InStepH + run.Dh - _g.MinDh) + (run.Dw - _g.MinDw);
                    var y = _rows.Pixel(image, p.FirstLane, phase.StartH + i * _g.OutStepH, phase.StartW);
                    for (var j = 0; j < phase.Columns;)
                    {
                        var end = NextLive(panel, image, phase, i, ref j);
                        a.Starts = starts + (nint)j * _g.InStepW;
                        a.Panel = weights + j * a.PanelStep;
                        a.Y = y + j * a.YStep;
                        a.Rows = end - j;
                        kernel(&a);
                        j = end;
                    }
                }
            }
        }

        /// <summary>
        /// Moves <paramref name="j"/> to the next pixel with a wanted lane and returns the end of those that follow it without a gap.
        /// </summary>
        private int NextLive(int panel, int image, TapPhase phase, int i, ref int j)
        {
            if (_call.Wanted is null) return phase.Columns;
            while (j < phase.Columns && !IsWanted(panel, image, phase, i, j)) j++;
            var end = j;
            while (end < phase.Columns && IsWanted(panel, image, phase, i, end)) end++;
            return end;
        }

        private bool IsWanted(int panel, int image, TapPhase phase, int i, int j)
        {
            var p = _t.Panels[panel];
            var first = (_group * _g.OutC + p.FirstLane) / Block;
            var h = (_row + i) * _g.OutStepH + phase.StartH;
            var w = j * _g.OutStepW + phase.StartW;
            var blocks = Math.Min(p.Width, _g.OutC - p.FirstLane + Block - 1) / Block;
            for (var block = first; block < first + blocks; block++)
            {
                if (_call.Wanted!.Row(_image + image, block, h)[w] != 0) return true;
            }

            return false;
        }
    }
}
