using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.Lists;

namespace SparseKernels.Passes.WeightFine;

/// <summary>
/// Runs a Forward or BackwardData pass that skips zero weights one by one: for a tile of output pixels whose sums stay in registers,
/// each output channel walks the list of its non-zero weights. The coarse operand drops input channels that are zero throughout a
/// work item, or output channels of which no pixel of a tile is wanted.
/// </summary>
/// <remarks>
/// A work item is some images, a group, a band of output rows and a share of the output channels. It packs its input once, then
/// goes segment by segment (so that the sums of all output channels share L2) → tile → block of input channels (so that the tile's
/// input stays near L1 while all output channels pass).
/// </remarks>
internal sealed unsafe class WeightFinePass : SparseTapPass<WeightFineScratch, WeightLists>
{
    private readonly WeightFineTiling _tiling;
    private readonly PassOperand _coarse;

    public WeightFinePass(TapGeometry geometry, PassOperand coarse, PassMachine machine)
        : base(machine.Topology) =>
            (_tiling, _coarse) = (new WeightFineTiling(geometry, machine.InstructionSet, machine.Topology.Threads), coarse);

    /// <summary>w fine.</summary>
    public static SparseTapWay Way { get; } = new(
        "weightfine", WeightFineTerms.Names, WhyDense,
        (geometry, _, coarse, machine) =>
            new WeightFinePass(geometry, coarse, machine), (geometry, coarse, isa, threads) =>
                new WeightFineTerms(geometry, coarse, isa, threads));

    public override IEnumerable<string> KernelIds => _tiling.Tiles.Kernels.Select(kernel => kernel.Id);

    /// <summary>Why the dense kernels serve a shape, or null if this pass does.</summary>
    public static string? WhyDense(TapGeometry geometry, InstructionSetKind isa, int threads)
    {
        var length = new WeightFineTiling(geometry, isa, threads).Panel.Length;
        return length > int.MaxValue ? $"a row of the packed input has {length} elements, more than {int.MaxValue}" : null;
    }

    protected override int Items => _tiling.Items;

    protected override bool HeedsMask => _coarse == PassOperand.Result;

    public override SparseWeightForm CreateWeights() => new WeightLists(_tiling.Panel, _tiling.Blocking);

    protected override WeightFineScratch CreateScratch()
    {
        var panel = _tiling.Panel;
        var stage = panel.Lanes.IsBatch ? BatchPanelPacker.StageLength(panel) : PixelPanelPacker.StageLength(panel);
        return new WeightFineScratch(_tiling, stage, Topology.Threads);
    }

    protected override void Do(ref readonly TapCall<WeightFineScratch, WeightLists> call, int item, int worker)
    {
        var panel = _tiling.Panel;
        var part = item % _tiling.OutParts;
        item /= _tiling.OutParts;
        var row = item % _tiling.Bands * panel.BandRows;
        item /= _tiling.Bands;
        var group = item % panel.Geometry.Groups;
        var image = item / panel.Geometry.Groups * panel.Images;
        var packed = call.Scratch.Packed(worker);
        var stage = call.Scratch.Stage(worker);
        if (panel.Lanes.IsBatch) BatchPanelPacker.Pack(panel, in call.Input, image, group, row, packed, stage);
        else PixelPanelPacker.Pack(panel, in call.Input, image, group, row, packed, stage);
        new Item(_tiling, in call, worker, image, group, row, part).Run(_coarse == PassOperand.Data);
    }

    /// <summary>One work item, its input packed.</summary>
    private ref struct Item
    {
        private readonly WeightFineTiling _t;
        private readonly SlotPanel _panel;
        private readonly TapGeometry _g;
        private readonly ref readonly TapCall<WeightFineScratch, WeightLists> _call;
        private readonly int _worker;
        private readonly int _image;
        private readonly int _group;
        private readonly int _row;
        private readonly int _firstChannel;
        private readonly int _channels;
        private readonly float* _sums;
        private SpmmArguments _lists;

        /// <summary>Blocks of input channels by phase.</summary>
        private int[] _blocks;


        public Item(
            WeightFineTiling tiling, ref readonly TapCall<WeightFineScratch, WeightLists> call, int worker, int image, int group, int row,
            int part)
        {
            (_t, _panel, _g) = (tiling, tiling.Panel, tiling.Panel.Geometry);
            _call = ref call;
            (_worker, _image, _group, _row) = (worker, image, group, row);
            _firstChannel = (int)((long)_g.OutC * part / tiling.OutParts);
            _channels = (int)((long)_g.OutC * (part + 1) / tiling.OutParts) - _firstChannel;
            _sums = call.Scratch.Sums(worker);
            _blocks = call.Weights.Blocks;
        }

        public void Run(bool dropDeadChannels)
        {
            ChooseLists(dropDeadChannels);
            var listsBefore = 0;
            for (var phaseIndex = 0; phaseIndex < _g.Phases.Length; phaseIndex++)
            {
                var phase = _g.Phases[phaseIndex];
                var rows = Math.Min(_panel.Rows, phase.Rows - _row);
                var rowsOfRun = _panel.RowsAdjoin ? rows : 1;
                var slots = _panel.RowsAdjoin ? _panel.Slots : (phase.Columns + _panel.Lanes.Columns - 1) / _panel.Lanes.Columns;
                var vectors = rowsOfRun * slots * _panel.ImageBlocks;
                for (var row = 0; row < rows; row += rowsOfRun)
                {
                    for (var first = 0; first < vectors;)
                    {
                        var count = _t.NextSegment(vectors - first);
                        RunSegment(phaseIndex, listsBefore, row, first, count);
                        first += count;
                    }
                }

                listsBefore += _blocks[phaseIndex] * _g.OutC;
            }
        }

        /// <summary>The form's lists, or a copy without the channels that are zero here if that pays for itself.</summary>
        private void ChooseLists(bool dropDeadChannels)
        {
            var first = _group * _call.Weights.ListsOfGroup;
            _lists.Offsets = _call.Weights.Offsets;
            _lists.Values = _call.Weights.Values;
            _lists.Starts = _call.Weights.Starts + first;
            if (!dropDeadChannels) return;
            var live = _call.Scratch.Live(_worker);
            var dead = live.FindDead(_call.Scratch.Packed(_worker), _panel.PlaneLength, _panel.ChannelStep);
            if ((long)dead * _panel.Rows * _panel.Slots * _panel.ImageBlocks <= (long)LiveWeightLists.CopyCost * _g.InC) return;
            live.Copy(_call.Weights, first);
            _lists.Offsets = live.Offsets;
            _lists.Values = live.Values;
            _lists.Starts = live.Starts;
            _blocks = live.Blocks;
        }

        private void RunSegment(int phaseIndex, int listsBefore, int row, int first, int count)
        {
            var a = _lists;
            a.StartStep = 1;
            a.Span = 1;
            a.YStep = (nint)count * LaneBlock.Size;
            a.YBlockStep = LaneBlock.Size;
            FillWithBias(a.YStep);
            var start = _call.Scratch.Packed(_worker) + ((nint)row * _panel.PackedSlots * _panel.ImageBlocks + first) * LaneBlock.Size;
            for (var done = 0; done < count;)
            {
                var tile = _t.Tiles.First(count - done);
                a.Panel = start + (nint)done * LaneBlock.Size;
                RunTile(a, phaseIndex, listsBefore, _sums + (nint)done * LaneBlock.Size, row, first + done, tile);
                done += tile;
            }

            Unpack(_g.Phases[phaseIndex], row, first, count, a.YStep);
        }

        private void RunTile(SpmmArguments a, int phaseIndex, int listsBefore, float* sums, int row, int first, int tile)
        {
            var kernel = (delegate*<SpmmArguments*, void>)_t.Tiles.Kernel(tile);
            int* runs = stackalloc int[2] { 0, _channels };
            var count = 1;
            if (_call.Wanted is { } mask)
            {
                var strips = new LaneStrips(_panel, _g.Phases[phaseIndex], _image, _row, row, first, tile);
                count = WantedOfStrips.Find(
                    mask, strips, _g.OutStepW, _group * _g.OutC + _firstChannel, _channels, _call.Scratch.Wanted(_worker), out runs);
            }

            var starts = a.Starts + listsBefore + _firstChannel;
            for (var block = 0; block < _blocks[phaseIndex]; block++, starts += _g.OutC)
            {
                for (var i = 0; i < count; i++)
                {
                    a.Starts = starts + runs[2 * i];
                    a.Y = sums + runs[2 * i] * a.YStep;
                    a.Rows = runs[2 * i + 1];
                    kernel(&a);
                }
            }
        }

        private readonly void FillWithBias(nint step)
        {
            for (var k = 0; k < _channels; k++)
                new Span<float>(_sums + k * step, (int)step).Fill(
                    _call.Bias == null ? 0 : _call.Bias[_group * _g.OutC + _firstChannel + k]);
        }

        private readonly void Unpack(TapPhase phase, int row, int first, int count, nint step)
        {
            var channel = _group * _g.OutC + _firstChannel;
            if (!_panel.Lanes.IsBatch)
            {
                PanelUnpacker.Strips(
                    new(_panel, phase, _image, _row, row, first, count), _g.OutStepW, _sums, step, in _call.Output, channel, _channels);
                return;
            }

            var vectorsOfRow = _panel.Slots * _panel.ImageBlocks;
            for (var done = 0; done < count;)
            {
                var (r, inRow) = (row + (first + done) / vectorsOfRow, (first + done) % vectorsOfRow);
                var piece = Math.Min(count - done, vectorsOfRow - inRow);
                for (var block = 0; block < _panel.ImageBlocks; block++)
                {
                    var skip = (block - inRow % _panel.ImageBlocks + _panel.ImageBlocks) % _panel.ImageBlocks;
                    var slot = (inRow + skip) / _panel.ImageBlocks;
                    var pixels = Math.Min((piece - skip + _panel.ImageBlocks - 1) / _panel.ImageBlocks, phase.Columns - slot);
                    var n = _image + block * LaneBlock.Size;
                    var images = Math.Min(LaneBlock.Size, _g.Shape.N - n);
                    if (pixels <= 0 || images <= 0) continue;
                    PanelUnpacker.Batch(
                        _sums + (nint)(done + skip) * LaneBlock.Size, step, pixels, _panel.SlotStep, in _call.Output, n, images, channel, _channels,
                        phase.StartH + (_row + r) * _g.OutStepH, phase.StartW + slot * _g.OutStepW, _g.OutStepW);
                }

                done += piece;
            }
        }
    }
}
