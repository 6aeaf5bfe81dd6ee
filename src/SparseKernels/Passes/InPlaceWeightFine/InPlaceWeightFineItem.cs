using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.Lists;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.InPlaceWeightFine;

/// <summary>
/// A work item of an <see cref="InPlaceWeightFinePass"/>: 16 images or one, a group or a few, a band of output rows (planar: of vectors) and a
/// share of the output channels.
/// </summary>
internal unsafe ref struct InPlaceWeightFineItem
{
    private const int Block = LaneBlock.Size;

    private readonly InPlaceWeightFineTiling _t;
    private readonly TensorPlaces _places;
    private readonly TapGeometry _g;
    private readonly ref readonly TapCall<InPlaceWeightFineScratch, WeightLists> _call;
    private readonly int _worker;
    private readonly int _image;
    private readonly int _row;
    private readonly int _firstChannel;
    private readonly int _channels;
    private readonly float* _x;
    private readonly float* _y;
    private readonly float* _bias;
    private readonly PlaneStrides _out;

    /// <summary>What the lists are taken from: the form's own, or those without dead channels.</summary>
    private readonly ListArguments _lists;

    /// <summary>Blocks of input channels by phase.</summary>
    private readonly int[] _blocks;

    public InPlaceWeightFineItem(
        InPlaceWeightFineTiling tiling, PassOperand coarse, ref readonly TapCall<InPlaceWeightFineScratch, WeightLists> call, int worker, int image,
        int group, int row, int part)
    {
        (_t, _places, _g) = (tiling, tiling.Places, tiling.Places.Geometry);
        _call = ref call;
        (_worker, _image, _row) = (worker, image, row);
        var first = (int)((long)_g.OutC * part / _t.OutParts);
        _channels = (int)((long)_g.OutC * (part + 1) / _t.OutParts) - first;
        var groups = Math.Min(_t.GroupsTogether, _g.Groups - group);
        if (groups > 1) _channels = groups * _g.OutC;
        _firstChannel = group * _g.OutC + first;
        _out = call.Output.Strides;
        _lists.Starts = call.Weights.Starts + group * call.Weights.ListsOfGroup;
        _x = _t.SplitsByItem ? Split(group, groups) : call.Input.Row(image, _t.JoinsGroups ? 0 : group * _g.InC, 0);
        _y = call.Output.Row(image, _firstChannel, 0);
        _bias = call.Bias == null ? null : call.Bias + _firstChannel;
        _lists.Offsets = call.Weights.Offsets;
        _lists.Values = call.Weights.Values;
        _lists.XStep = _places.VectorStep;
        _lists.YStep = (nint)_g.OutStepW * Block;
        _lists.YChannelStep = _out.Channel;
        _blocks = call.Weights.Blocks;
        if (coarse == PassOperand.Data && !_t.JoinsGroups) DropDeadChannels(ref _lists, ref _blocks, group);
        _lists.Starts += first;
    }

    public void Run()
    {
        if (_g.Phases.Length == 1) RunPhase(_g.Phases[0]);
        else RunPhases();
    }

    private void RunPhase(TapPhase phase)
    {
        var (rows, columns) = _places.GridOf(phase);
        rows = Math.Min(_t.BandRows, rows - _row);
        var adjoin = _places.RowsAdjoin(phase, _out) && (_places.IsPlanar || _call.Wanted is null);
        var together = Math.Max(1, _call.Moments is { } wanted ? wanted.RowsOfPart : adjoin ? rows : 1);
        for (var row = _row; row < _row + rows; row += together)
        {
            var count = Math.Min(together, _row + rows - row);
            if (adjoin) RunRow(phase, _blocks[0], 0, row, count * columns);
            else for (var j = 0; j < count; j++) RunRow(phase, _blocks[0], 0, row + j, columns);
            if (_call.Moments is { } moments) MomentSweep.Take(moments, in _call.Output, _image, _firstChannel, _channels, row, count);
        }

        if (!_places.IsPlanar) return;
        for (var k = 0; k < _channels; k++) _places.ClearBorder(_y + (nint)k * _out.Channel, _row, rows * columns);
    }

    /// <summary>Pixels of the phases lie between one another, so a row of each comes before the next row of any.</summary>
    private void RunPhases()
    {
        for (var row = _row; row < _row + _t.BandRows; row++)
        {
            var listsBefore = 0;
            for (var i = 0; i < _g.Phases.Length; i++)
            {
                var (rows, columns) = _places.GridOf(_g.Phases[i]);
                if (row < rows) RunRow(_g.Phases[i], _blocks[i], listsBefore, row, columns);
                listsBefore += _blocks[i] * _g.OutC;
            }
        }
    }

    /// <summary>Copies what the item reads; channels that no weight wants are left as they are.</summary>
    /// <returns>Where the first group's data would begin.</returns>
    private readonly float* Split(int group, int groups)
    {
        var planes = _call.Scratch.Planes(_worker);
        for (var i = 0; i < groups; i++)
        {
            var starts = _lists.Starts + (nint)i * _g.OutC;
            if (starts[0] == starts[_g.OutC]) continue;
            for (var c = 0; c < _g.InC; c++)
                _places.Split!.Copy(in _call.Input, _image, (group + i) * _g.InC + c, planes + ((nint)i * _g.InC + c) * _places.ChannelStep);
        }

        return planes - (nint)group * _g.InC * _places.ChannelStep;
    }

    /// <summary>Takes the lists without the channels that are zero in all that the item reads, if that pays for itself.</summary>
    private readonly void DropDeadChannels(ref ListArguments lists, ref int[] blocks, int group)
    {
        var live = _call.Scratch.Live(_worker);
        var (start, floats) = _places.WindowOfRows(_row, _t.BandRows);
        var vectors = LaneBlock.Count(floats);
        var dead = live.FindDead(_x + start, vectors * Block, _places.ChannelStep);
        if ((long)dead * vectors <= (long)LiveWeightLists.CopyCost * _g.InC) return;
        live.Copy(_call.Weights, group * _call.Weights.ListsOfGroup);
        lists.Offsets = live.Offsets;
        lists.Values = live.Values;
        lists.Starts = live.Starts;
        blocks = live.Blocks;
    }

    private readonly void RunRow(TapPhase phase, int blocks, int listsBefore, int row, int columns)
    {
        var a = _lists;
        var x = _x + _places.Start + (nint)row * _places.RowStep;
        var y = _y + _places.OutputRow(phase, row, _out);
        a.InitialStep = _bias == null ? 0 : 1;
        if (blocks == 0)
        {
            Fill(y, columns);
            return;
        }

        var line = new Line { Phase = phase, Row = row, X = x, Y = y, Starts = _lists.Starts + listsBefore, Blocks = blocks };
        var segment = _call.Wanted is null ? _t.SegmentOf(_channels) : _channels;
        int* aheadEnd = null;
        if (_t.Ahead is { } ahead)
        {
            line.Ahead = ahead.Offsets;
            aheadEnd = line.Ahead + ahead.Count;
            a.AheadOfList = Cut.Ceiling(ahead.Count, blocks * segment);
        }

        for (var strip = 0; strip < columns;)
        {
            var end = _t.EndOfStrip(strip, columns);
            for (var first = 0; first < _channels; first += segment)
            {
                a.AheadEnd = first == 0 ? aheadEnd : null;
                for (var column = strip; column < end;) column += RunTile(ref a, in line, column, columns, first, Math.Min(segment, _channels - first));
            }

            strip = end;
        }
    }

    /// <summary>A tile of the pixels from a column on, of some output channels.</summary>
    /// <returns>Its pixels.</returns>
    private readonly int RunTile(ref ListArguments a, in Line line, int column, int columns, int firstChannel, int channels)
    {
        var tile = _t.Tiles.Next(columns - column);
        int* runs = stackalloc int[2] { firstChannel, channels };
        var count = 1;
        if (_call.Wanted is { } mask) count = FindWanted(mask, line.Phase, line.Row, column, tile, out runs);
        var kernel = (delegate*<ListArguments*, void>)_t.Tiles.Kernel(tile);
        a.X = line.X + (nint)column * _places.VectorStep;
        a.Ahead = line.Ahead;
        float zero = 0;
        for (var block = 0; block < line.Blocks; block++)
        {
            for (var i = 0; i < count; i++)
            {
                var first = runs[2 * i];
                a.Starts = line.Starts + (nint)block * _g.OutC + first;
                a.Channels = runs[2 * i + 1];
                a.Y = line.Y + (nint)column * _g.OutStepW * Block + (nint)first * _out.Channel;
                a.Initial = block > 0 ? null : _bias == null ? &zero : _bias + first;
                a.Limits = block < line.Blocks - 1 ? default : _call.Limits;
                fixed (ListArguments* arguments = &a) kernel(arguments);
            }
        }

        return tile;
    }

    /// <summary>A phase without taps, whose sums are what they start from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Fill(float* first, int pixels)
    {
        var (step, channelStep) = (_lists.YStep, _lists.YChannelStep);
        for (var k = 0; k < _channels; k++)
        {
            var value = Vector128.Create(_call.Limits.Within(_bias == null ? 0 : _bias[k]));
            var y = first + k * channelStep;
            for (var pixel = 0; pixel < pixels; pixel++, y += step)
                for (var i = 0; i < Block; i += Vector128<float>.Count) value.Store(y + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly int FindWanted(FineMask mask, TapPhase phase, int row, int column, int pixels, out int* runs)
    {
        var room = _call.Scratch.Wanted(_worker);
        var (firstBlock, blocks) = WantedChannels.Clear(_firstChannel, _channels, room);
        if (_places.IsPlanar)
        {
            FindWantedOfPixels(mask, firstBlock, blocks, (row + column) * Block, pixels * Block, room);
            return WantedChannels.Runs(_firstChannel, _channels, room, out runs);
        }

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

    /// <summary>The same where the lanes are pixels: of those rows, or parts of rows, that a run of floats covers.</summary>
    private readonly void FindWantedOfPixels(FineMask mask, int firstBlock, int blocks, int from, int count, int* room)
    {
        for (var block = 0; block < blocks; block++)
        {
            var seen = 0;
            for (var h = from / _out.Row; h < Math.Min(_g.OutH, (from + count - 1) / _out.Row + 1); h++)
            {
                var words = mask.Row(_image, firstBlock + block, h);
                for (var w = Math.Max(0, from - h * _out.Row); w < Math.Min(_g.OutW, from + count - h * _out.Row); w++) seen |= words[w];
            }

            room[block] = seen;
        }
    }

    /// <summary>Pixels of one phase side by side, and the lists that give their sums.</summary>
    private ref struct Line
    {
        public TapPhase Phase;
        public int Row;
        public float* X;
        public float* Y;
        public int* Starts;
        public int Blocks;

        /// <summary>What tiles ask for; null for nothing.</summary>
        public int* Ahead;
    }
}
