using System.Numerics;
using System.Runtime.CompilerServices;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Passes.Frame;
using SparseKernels.Sparsity;

namespace SparseKernels.Passes.ResultFine;

/// <summary>
/// The wanted elements of 16 output channels in one unit of a <see cref="ResultFinePass"/>, and what one chunk of input channels adds to
/// them.
/// </summary>
internal readonly unsafe ref struct ResultFineUnit
{
    private const int Block = LaneBlock.Size;

    private readonly ref readonly TapCall<Scratch, ResultFineWeights> _call;
    private readonly ref readonly ResultFineScratch _scratch;
    private readonly ResultFinePass _pass;
    private readonly TapGeometry _g;
    private readonly ResultFineTiling _t;
    private readonly int _chunk;
    private readonly int _blocks;
    private readonly int _group;
    private readonly int _firstK;
    private readonly int _channels;
    private readonly int _unitInItem;
    private readonly int _image;
    private readonly int _images;
    private readonly int _row;
    private readonly int _rows;
    private readonly int _column;
    private readonly int _columns;

    /// <summary>Names the unit by its number in the batch and in the work item.</summary>
    public ResultFineUnit(
        ResultFinePass pass, ref readonly TapCall<Scratch, ResultFineWeights> call, ref readonly ResultFineScratch scratch, int chunk, int group, int outBlock, int unit, int unitInItem)
    {
        _call = ref call;
        _scratch = ref scratch;
        _pass = pass;
        (_t, _g) = (_pass.Tiling, _pass.Tiling.Geometry);
        (_chunk, _group, _firstK, _unitInItem) = (chunk, group, outBlock * Block, unitInItem);
        _blocks = Math.Min(_t.ChunkBlocks, _t.InBlocks - chunk * _t.ChunkBlocks);
        _channels = Math.Min(Block, _g.OutC - _firstK);
        var (strip, band) = (unit % _t.Strips, unit / _t.Strips % _t.Bands);
        _image = unit / _t.Strips / _t.Bands * _t.ImagesPerUnit;
        _images = Math.Min(_t.ImagesPerUnit, _g.Shape.N - _image);
        _row = _t.FirstRow(band);
        _rows = _t.FirstRow(band + 1) - _row;
        _column = _t.FirstColumn(strip);
        _columns = _t.FirstColumn(strip + 1) - _column;
    }

    private int FirstChannel => _group * _g.OutC + _firstK;

    /// <summary>Where a channel's elements of the unit start in the output.</summary>
    private float* Y(int lane) =>
        _call.Output.Row(_image, FirstChannel + lane, _row * _g.OutStepH) + _column * _g.OutStepW * _call.Output.PixelStep;

    public void Run()
    {
        if (_chunk == 0) Clear();
        for (var phase = 0; phase < _pass.Phases.Length; phase++)
        {
            var rows = Math.Min(_rows, _pass.Phases[phase].Grid.Rows - _row);
            var columns = Math.Min(_columns, _pass.Phases[phase].Grid.Columns - _column);
            if (rows > 0 && columns > 0) RunPhase(phase, rows, columns);
        }
    }

    private void RunPhase(int phaseIndex, int rows, int columns)
    {
        var phase = _pass.Phases[phaseIndex];
        if (!FindLiveRuns(phase, rows) && _chunk > 0) return;
        var pixels = CollectWanted(phase, rows, columns);
        ChannelBits.Transpose(_scratch.Words, pixels, _scratch.Bits, pixels / Block);
        var wanted = ListWanted(phase, pixels);
        if (wanted == 0) return;
        Begin(wanted);
        Sum(phase, phaseIndex);
        End(wanted);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int ListWanted(ResultFinePhase phase, int pixels)
    {
        var yOffsets = _call.Output.Blocked ? phase.YBlocked : phase.YPlain;
        var starts = _scratch.Starts;
        var x = _scratch.XOffsets;
        var y = _scratch.YOffsets;
        var bitmap = _scratch.Bits;
        var channel0 = Y(0);
        var count = 0;
        for (var lane = 0; lane < _channels; lane++, bitmap += pixels / Block)
        {
            starts[lane] = count;
            count += WantedPixels.List(bitmap, pixels, phase.XOffsets, yOffsets, (int)(Y(lane) - channel0), x + count, y + count);
        }

        starts[_channels] = count;
        return count;
    }

    /// <summary>Adds the products: all channels without a dead run together, the others one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sum(ResultFinePhase phase, int phaseIndex)
    {
        SddmmArguments a = default;
        a.X = _scratch.Packed + (nint)_unitInItem * _t.PackedUnit;
        a.XOffsets = _scratch.XOffsets;
        a.Sums = _scratch.Sums;
        a.V = _call.Weights.Values(_group, phase, _firstK, _chunk);
        a.VStep = 1;
        a.Runs = phase.Triples;
        a.RunCount = phase.Runs.Length;
        var weightStep = (int)_call.Weights.ChannelStep(phase);
        var live = _call.Weights.Live(_group, phaseIndex, _firstK, _chunk);
        var liveStep = _call.Weights.LiveStep;
        var tiles = _scratch.Tiles;
        var starts = _scratch.Starts;
        var someDead = false;
        tiles.Clear();
        for (var lane = 0; lane < _channels; lane++)
        {
            var first = starts[lane];
            if (CountLive(live + lane * liveStep) == _blocks * phase.Runs.Length)
                tiles.Add(first, starts[lane + 1] - first, lane * weightStep);
            else someDead = true;
        }

        tiles.Run(_pass.Kernels, &a);
        if (!someDead) return;
        a.Runs = _scratch.Triples;
        for (var lane = 0; lane < _channels; lane++)
        {
            var first = starts[lane];
            if (CountLive(live + lane * liveStep) == _blocks * phase.Runs.Length) continue;
            a.RunCount = ListRuns(phase, live + lane * liveStep);
            if (a.RunCount == 0) continue;
            tiles.Clear();
            tiles.Add(first, starts[lane + 1] - first, lane * weightStep);
            tiles.Run(_pass.Kernels, &a);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int CountLive(ulong* live)
    {
        var count = 0;
        for (var word = 0; word < _pass.LiveWords; word++) count += BitOperations.PopCount(live[word] & _scratch.Live[word]);
        return count;
    }

    /// <summary>Marks the runs whose packed rows hold a non-zero for some pixel of the unit; false if there is none.</summary>
    private bool FindLiveRuns(ResultFinePhase phase, int rows)
    {
        if (_scratch.AllRowsLive[_unitInItem] != 0)
        {
            new Span<ulong>(_scratch.Live, _pass.LiveWords).Fill(ulong.MaxValue);
            return phase.Runs.Length > 0;
        }

        new Span<ulong>(_scratch.Live, _pass.LiveWords).Clear();
        var any = false;
        for (var run = 0; run < phase.Runs.Length; run++)
        {
            for (var block = 0; block < _blocks; block++)
            {
                if (!IsLive(block, phase.Runs[run].Dh - _g.MinDh, rows)) continue;
                var bit = run * _t.ChunkBlocks + block;
                _scratch.Live[bit / 64] |= 1UL << (bit % 64);
                any = true;
            }
        }

        return any;
    }

    private bool IsLive(int block, int firstRow, int rows)
    {
        for (var image = 0; image < _images; image++)
        {
            var live = _scratch.LiveRows + (((nint)_unitInItem * _t.ImagesPerUnit + image) * _t.WindowRows + firstRow) * _t.ChunkBlocks + block;
            for (var i = 0; i < rows; i++)
            {
                if (live[i * _g.InStepH * _t.ChunkBlocks] != 0) return true;
            }
        }

        return false;
    }

    /// <summary>Lists the runs that are live in both operands, neighbouring blocks and taps as one; returns how many there are.</summary>
    private int ListRuns(ResultFinePhase phase, ulong* live)
    {
        var first = _scratch.Triples;
        var to = first - 3;
        for (var run = 0; run < phase.Runs.Length; run++)
        {
            var (x, v) = (phase.Triples[3 * run], phase.Triples[3 * run + 1]);
            for (var i = 0; i < phase.Runs[run].Taps.Length * _t.ChunkBlocks; i++, x += Block, v += Block)
            {
                var bit = run * _t.ChunkBlocks + i % _t.ChunkBlocks;
                if ((live[bit / 64] & _scratch.Live[bit / 64] & 1UL << (bit % 64)) == 0) continue;
                if (to >= first && to[0] + to[2] == x && to[1] + to[2] == v)
                {
                    to[2] += Block;
                    continue;
                }

                to += 3;
                (to[0], to[1], to[2]) = (x, v, Block);
            }
        }

        return (int)(to - first) / 3 + 1;
    }

    /// <summary>
    /// The mask's words for the pixels of a unit, bit i the unit's output channel i even where its first is none of a block's; zeros fill
    /// them up to whole vectors.
    /// </summary>
    /// <returns>How many.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int CollectWanted(ResultFinePhase phase, int rows, int columns)
    {
        var to = _scratch.Words;
        var (block, shift) = (FirstChannel / Block, FirstChannel % Block);
        var channels = (1u << _channels) - 1;
        var spansTwo = shift + _channels > Block;
        for (var image = _image; image < _image + _images; image++)
        {
            for (var i = 0; i < rows; i++)
            {
                var h = phase.Grid.StartH + (_row + i) * _g.OutStepH;
                var w = phase.Grid.StartW + _column * _g.OutStepW;
                var low = _call.Wanted!.Row(image, block, h) + w;
                var high = spansTwo ? _call.Wanted!.Row(image, block + 1, h) + w : null;
                for (var j = 0; j < columns; j++)
                {
                    var bits = (uint)low[j * _g.OutStepW] >> shift;
                    if (spansTwo) bits |= (uint)high[j * _g.OutStepW] << (Block - shift);
                    *to++ = (ushort)(bits & channels);
                }

                for (var j = columns; j < _t.StripColumns; j++) *to++ = 0;
            }
        }

        while ((to - _scratch.Words) % Block != 0) *to++ = 0;
        return (int)(to - _scratch.Words);
    }

    /// <summary>Starts the sums with the bias, or with what the chunks before left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Begin(int wanted)
    {
        var sums = _scratch.Sums;
        var starts = _scratch.Starts;
        if (_chunk > 0)
        {
            var y = Y(0);
            var offsets = _scratch.YOffsets;
            for (var i = 0; i < wanted; i++) sums[i] = y[offsets[i]];
        }
        else if (_call.Bias == null)
        {
            new Span<float>(sums, wanted).Clear();
        }
        else
        {
            for (var lane = 0; lane < _channels; lane++) new Span<float>(sums + starts[lane], starts[lane + 1] - starts[lane]).Fill(
                _call.Bias[FirstChannel + lane]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void End(int wanted)
    {
        var y = Y(0);
        var sums = _scratch.Sums;
        var offsets = _scratch.YOffsets;
        for (var i = 0; i < wanted; i++) y[offsets[i]] = sums[i];
    }

    /// <summary>Makes the unit's output zero, lanes past the last channel too, but not those of another group.</summary>
    private void Clear()
    {
        var lastRow = Math.Min((_row + _rows) * _g.OutStepH, _g.OutH);
        for (var image = _image; image < _image + _images; image++)
        {
            for (var h = _row * _g.OutStepH; h < lastRow; h++) ClearRow(image, h);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ClearRow(int image, int h)
    {
        var (output, first, w) = (_call.Output, FirstChannel, _column * _g.OutStepW);
        var columns = Math.Min((_column + _columns) * _g.OutStepW, _g.OutW) - w;
        var isLast = first + _channels == _g.OutTotal;
        if (!output.Blocked)
        {
            for (var k = first; k < first + _channels; k++) new Span<float>(output.Row(image, k, h) + w, columns).Clear();
        }
        else if (first % Block == 0 && (_channels == Block || isLast))
        {
            new Span<float>(output.Row(image, first, h) + w * Block, columns * Block).Clear();
        }
        else
        {
            var last = isLast ? LaneBlock.Count(_g.OutTotal) * Block : first + _channels;
            for (var k = first; k < last; k++)
            {
                var lane = output.Row(image, k, h) + w * Block;
                for (var i = 0; i < columns; i++) lane[i * Block] = 0;
            }
        }
    }
}
