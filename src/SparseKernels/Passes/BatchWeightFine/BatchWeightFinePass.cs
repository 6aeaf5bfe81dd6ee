using System.Runtime.CompilerServices;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.Lists;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.BatchWeightFine;

/// <summary>
/// Runs a Forward or BackwardData pass that skips zero weights one by one, on batch-blocked tensors, where they lie: for a tile of output
/// pixels of 16 images, whose sums stay in registers, each output channel walks the list of its non-zero weights. Nothing is packed and no
/// pixel is at an edge. The coarse operand drops input channels that are zero throughout a work item, or output channels of which no pixel
/// of a tile is wanted.
/// </summary>
/// <remarks>
/// Loops: tile → block of input channels (so that the tile's input stays near L1 while all output channels pass) → output channel.
/// </remarks>
internal sealed unsafe class BatchWeightFinePass : SparseTapPass<BatchWeightFineScratch, WeightLists>
{
    private const int Block = LaneBlock.Size;

    private readonly BatchWeightFineTiling _tiling;
    private readonly BatchPlaces _places;
    private readonly PassOperand _coarse;

    public BatchWeightFinePass(TapGeometry geometry, BatchStrides strides, PassOperand coarse, PassMachine machine)
        : base(machine.Topology)
    {
        _tiling = new BatchWeightFineTiling(geometry, machine.InstructionSet, machine.Topology.Threads);
        (_places, _coarse) = (new BatchPlaces(geometry, strides), coarse);
    }

    /// <summary>w fine, tensors batch-blocked.</summary>
    public static SparseTapWay Way { get; } = new(
        "batchweightfine", BatchWeightFineTerms.Names, (_, _, _) => null,
        (geometry, strides, coarse, machine) => new BatchWeightFinePass(geometry, strides, coarse, machine),
        (geometry, coarse, isa, threads) => new BatchWeightFineTerms(geometry, coarse, isa, threads));

    public override IEnumerable<string> KernelIds => _tiling.Tiles.Kernels.Select(kernel => kernel.Id);

    protected override int Items => _tiling.Items;

    protected override bool HeedsMask => _coarse == PassOperand.Result;

    public override SparseWeightForm CreateWeights() => new WeightLists(_places, _tiling.Blocking);

    protected override BatchWeightFineScratch CreateScratch() => new(_tiling, Topology.Threads);

    protected override void Do(ref readonly TapCall<BatchWeightFineScratch, WeightLists> call, int item, int worker)
    {
        var part = item % _tiling.OutParts;
        item /= _tiling.OutParts;
        var row = item % _tiling.Bands * _tiling.BandRows;
        item /= _tiling.Bands;
        var g = _places.Geometry;
        new Item(this, in call, worker, item / g.Groups * Block, item % g.Groups, row, part).Run();
    }

    private ref struct Item
    {
        private readonly BatchWeightFineTiling _t;
        private readonly BatchPlaces _places;
        private readonly TapGeometry _g;
        private readonly ref readonly TapCall<BatchWeightFineScratch, WeightLists> _call;
        private readonly int _worker;
        private readonly int _image;
        private readonly int _row;
        private readonly int _firstChannel;
        private readonly int _channels;
        private readonly float* _x;
        private readonly float* _y;
        private readonly float* _bias;
        private readonly BatchStrides _out;

        /// <summary>What the lists are taken from: the form's own, or those without dead channels.</summary>
        private readonly ListArguments _lists;

        /// <summary>Blocks of input channels by phase.</summary>
        private readonly int[] _blocks;

        public Item(
            BatchWeightFinePass pass, ref readonly TapCall<BatchWeightFineScratch, WeightLists> call, int worker, int image, int group, int row,
            int part)
        {
            (_t, _places, _g) = (pass._tiling, pass._places, pass._places.Geometry);
            _call = ref call;
            (_worker, _image, _row) = (worker, image, row);
            var first = (int)((long)_g.OutC * part / _t.OutParts);
            _channels = (int)((long)_g.OutC * (part + 1) / _t.OutParts) - first;
            _firstChannel = group * _g.OutC + first;
            _out = call.Output.Strides;
            _x = call.Input.Row(image, group * _g.InC, 0);
            _y = call.Output.Row(image, _firstChannel, 0);
            _bias = call.Bias == null ? null : call.Bias + _firstChannel;
            _lists.Offsets = call.Weights.Offsets;
            _lists.Values = call.Weights.Values;
            _lists.Starts = call.Weights.Starts + group * call.Weights.ListsOfGroup;
            _lists.XStep = _places.PixelStep;
            _lists.YStep = (nint)_g.OutStepW * Block;
            _lists.YChannelStep = _out.Channel;
            _blocks = call.Weights.Blocks;
            if (pass._coarse == PassOperand.Data) DropDeadChannels(ref _lists, ref _blocks, group);
            _lists.Starts += first;
        }

        public void Run()
        {
            var listsBefore = 0;
            for (var i = 0; i < _g.Phases.Length; i++)
            {
                var phase = _g.Phases[i];
                var rows = Math.Min(_t.BandRows, phase.Rows - _row);
                var columns = phase.Columns;
                if (RowsAdjoin(phase) && _call.Wanted is null) (rows, columns) = (Math.Min(rows, 1), rows * columns);
                for (var row = _row; row < _row + rows; row++) RunRow(phase, _blocks[i], listsBefore, row, columns);
                listsBefore += _blocks[i] * _g.OutC;
            }
        }

        /// <summary>Takes the lists without the channels that are zero in all that the item reads, if that pays for itself.</summary>
        private readonly void DropDeadChannels(ref ListArguments lists, ref int[] blocks, int group)
        {
            var live = _call.Scratch.Live(_worker);
            var (top, bottom) = (Math.Max(0, _row * _g.InStepH + _g.MinDh), Math.Min(_g.InH, (_row + _t.BandRows - 1) * _g.InStepH + _g.MaxDh + 1));
            var rowStep = _call.Input.Strides.Row;
            var pixels = top < bottom ? ((bottom - top - 1) * rowStep / Block) + _g.InW : 0;
            var dead = live.FindDead(_x + (nint)top * rowStep, pixels * Block, _places.ChannelStep);
            if ((long)dead * pixels <= (long)LiveWeightLists.CopyCost * _g.InC) return;
            live.Copy(_call.Weights, group * _call.Weights.ListsOfGroup);
            lists.Offsets = live.Offsets;
            lists.Values = live.Values;
            lists.Starts = live.Starts;
            blocks = live.Blocks;
        }

        /// <summary>Whether a row's last pixel and the next one's first lie side by side in both tensors, so that a tile may span rows.</summary>
        private readonly bool RowsAdjoin(TapPhase phase) =>
            _g.InStepH == 1 && _g.InStepW == 1 && _g.OutStepH == 1 && _g.OutStepW == 1
            && _call.Input.Strides.Row == phase.Columns * Block && _out.Row == phase.Columns * Block;

        private readonly void RunRow(TapPhase phase, int blocks, int listsBefore, int row, int columns)
        {
            var a = _lists;
            var x = _x + _places.Start + (nint)row * _places.RowStep;
            var y = _y + (nint)(phase.StartH + row * _g.OutStepH) * _out.Row + phase.StartW * Block;
            int* whole = stackalloc int[2] { 0, _channels };
            float zero = 0;
            for (var column = 0; column < columns;)
            {
                var tile = _t.NextTile(columns - column);
                var runs = whole;
                var count = 1;
                if (_call.Wanted is { } mask) count = FindWanted(mask, phase, row, column, tile, out runs);
                var kernel = (delegate*<ListArguments*, void>)_t.Tiles.Kernel(tile);
                a.X = x + (nint)column * _places.PixelStep;
                var starts = _lists.Starts + listsBefore;

                // A phase without taps has no block, but its sums start all the same.
                for (var block = 0; block < Math.Max(1, blocks); block++, starts += _g.OutC)
                {
                    for (var i = 0; i < count; i++)
                    {
                        var (first, channels) = (runs[2 * i], runs[2 * i + 1]);
                        a.Starts = starts + first;
                        a.Channels = channels;
                        a.Y = y + (nint)column * _g.OutStepW * Block + (nint)first * _out.Channel;
                        a.Initial = block > 0 ? null : _bias == null ? &zero : _bias + first;
                        a.InitialStep = _bias == null ? 0 : 1;
                        if (blocks == 0) Fill(in a, tile);
                        else kernel(&a);
                    }
                }

                column += tile;
            }
        }

        private static void Fill(in ListArguments a, int tile)
        {
            for (var k = 0; k < a.Channels; k++)
            {
                for (var pixel = 0; pixel < tile; pixel++)
                    new Span<float>(a.Y + k * a.YChannelStep + pixel * a.YStep, Block).Fill(a.Initial[k * a.InitialStep]);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly int FindWanted(FineMask mask, TapPhase phase, int row, int column, int pixels, out int* runs)
        {
            var room = _call.Scratch.Wanted(_worker);
            var (firstBlock, blocks) = WantedChannels.Clear(_firstChannel, _channels, room);
            var h = phase.StartH + row * _g.OutStepH;
            var w = phase.StartW + column * _g.OutStepW;
            for (var block = 0; block < blocks; block++)
            {
                // A few images make every channel wanted where there is anything like a share of ones.
                var seen = 0;
                var all = (1 << Math.Min(Block, mask.C - (firstBlock + block) * Block)) - 1;
                for (var n = _image; n < Math.Min(_image + Block, _g.Shape.N) && seen != all; n++)
                {
                    var words = mask.Row(n, firstBlock + block, h) + w;
                    for (var i = 0; i < pixels; i++) seen |= words[i * _g.OutStepW];
                }

                room[block] = seen;
            }

            return WantedChannels.Runs(_firstChannel, _channels, room, out runs);
        }
    }
}
