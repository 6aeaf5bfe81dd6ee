using System.Numerics;
using System.Runtime.CompilerServices;
using SparseKernels.Kernels;
using SparseKernels.Sparsity;

namespace SparseKernels.Scheduling;

/// <summary>
/// The wanted elements of 16 output channels in one unit of a <see cref="MaskedResultPass"/>, and what one chunk of input channels adds to them.
/// </summary>
internal readonly unsafe ref struct MaskedResultUnit
{
    private const int Block = BlockedTensor.Block;
    private const int PixelsPerWord = MaskedResultScratch.PixelsPerWord;

    private readonly ref readonly MaskedResultPass.Work _work;
    private readonly ref readonly MaskedResultScratch _scratch;
    private readonly MaskedResultPass _pass;
    private readonly TapGeometry _g;
    private readonly MaskedResultTiling _t;
    private readonly int _chunk;
    private readonly int _blocks;
    private readonly int _group;
    private readonly int _firstK;
    private readonly int _channels;
    private readonly int _image;
    private readonly int _imageInItem;
    private readonly int _images;
    private readonly int _row;
    private readonly int _rows;
    private readonly int _rowInItem;
    private readonly int _column;
    private readonly int _columns;

    /// <summary>Names the unit by its images, band and strip inside the work item that starts at <paramref name="firstImage"/> and <paramref name="firstBand"/>.</summary>
    public MaskedResultUnit(
        ref readonly MaskedResultPass.Work work, ref readonly MaskedResultScratch scratch, int chunk, int group, int outBlock,
        int firstImage, int imageInItem, int images, int firstBand, int band, int strip)
    {
        _work = ref work;
        _scratch = ref scratch;
        _pass = work.Pass;
        (_t, _g) = (_pass.Tiling, _pass.Tiling.Geometry);
        (_chunk, _group, _firstK) = (chunk, group, outBlock * Block);
        _blocks = Math.Min(_t.ChunkBlocks, _t.InBlocks - chunk * _t.ChunkBlocks);
        _channels = Math.Min(Block, _g.OutC - _firstK);
        (_image, _imageInItem, _images) = (firstImage + imageInItem, imageInItem, images);
        _row = _t.FirstRow(band);
        _rows = _t.FirstRow(band + 1) - _row;
        _rowInItem = (_row - _t.FirstRow(firstBand)) * _g.InStepH;
        _column = _t.FirstColumn(strip);
        _columns = _t.FirstColumn(strip + 1) - _column;
    }

    private int FirstChannel => _group * _g.OutC + _firstK;

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
        var pixels = _images * rows * _t.StripColumns;
        if (!FindLiveRuns(phase, rows) && _chunk > 0) return;
        var words = (pixels + PixelsPerWord - 1) / PixelsPerWord;
        CollectWanted(phase, rows, columns);
        new Span<ushort>(_scratch.Words + pixels, words * PixelsPerWord - pixels).Clear();
        ChannelBits.Transpose(_scratch.Words, words * PixelsPerWord, _scratch.Bits, words * (PixelsPerWord / Block));
        SddmmArguments a = default;
        a.X = _scratch.Packed + (nint)_imageInItem * _t.PackedImage + ((nint)_rowInItem * _t.PackedColumns + _column * _g.InStepW) * _t.PixelStep;
        for (var lane = 0; lane < _channels; lane++)
        {
            var wanted = ListPixels((ulong*)_scratch.Bits + lane * words, words, phase.XOffsets, _work.Output.Blocked ? phase.YBlocked : phase.YPlain);
            if (wanted == 0) continue;
            var y = _work.Output.Row(_image, FirstChannel + lane, _row * _g.OutStepH) + _column * _g.OutStepW * _work.Output.PixelStep;
            Begin(y, FirstChannel + lane, wanted);
            a.V = _work.Weights.Values(_group, phase, _firstK + lane, _chunk * _t.ChunkBlocks);
            ListRuns(ref a, phase, _work.Weights.Live(_group, phaseIndex, _firstK + lane, _chunk));
            if (a.RunCount > 0) RunTiles(ref a, wanted);
            End(y, wanted);
        }
    }

    private void RunTiles(ref SddmmArguments arguments, int pixels)
    {
        fixed (SddmmArguments* a = &arguments)
        {
            for (var done = 0; done < pixels;)
            {
                var rows = KernelTable.NextRows(pixels - done);
                a->XOffsets = _scratch.XOffsets + done;
                a->Sums = _scratch.Sums + done;
                ((delegate*<SddmmArguments*, void>)_pass.Kernels[rows - 1])(a);
                done += rows;
            }
        }
    }

    /// <summary>Marks the runs whose packed rows hold a non-zero for some pixel of the unit; false if there is none.</summary>
    private bool FindLiveRuns(MaskedResultPhase phase, int rows)
    {
        new Span<ulong>(_scratch.Live, _pass.LiveWords).Clear();
        var any = false;
        var bit = 0;
        for (var block = 0; block < _blocks; block++)
        {
            foreach (var run in phase.Runs)
            {
                if (IsLive(block, run.Dh - _g.MinDh, rows))
                {
                    _scratch.Live[bit / 64] |= 1UL << (bit % 64);
                    any = true;
                }

                bit++;
            }
        }

        return any;
    }

    private bool IsLive(int block, int firstRow, int rows)
    {
        for (var image = _imageInItem; image < _imageInItem + _images; image++)
        {
            var live = _scratch.LiveRows + (image * _t.ChunkBlocks + block) * _t.PackedRows + _rowInItem + firstRow;
            for (var i = 0; i < rows; i++)
            {
                if (live[i * _g.InStepH] != 0) return true;
            }
        }

        return false;
    }

    /// <summary>The runs that are live in both operands; those that follow one another in both packed forms become one.</summary>
    private void ListRuns(ref SddmmArguments a, MaskedResultPhase phase, ulong* live)
    {
        var both = 0;
        for (var word = 0; word < _pass.LiveWords; word++) both += BitOperations.PopCount(live[word] & _scratch.Live[word]);
        a.Runs = phase.Triples;
        a.RunCount = both;
        var to = _scratch.Triples;
        if (both == _blocks * phase.Runs.Length)
        {
            if (!_t.IsPointwise) return;
            (to[0], to[1], to[2]) = (0, 0, _blocks * Block);
            a.Runs = to;
            a.RunCount = 1;
            return;
        }

        a.Runs = to;
        to -= 3;
        for (var word = 0; word < _pass.LiveWords; word++)
        {
            for (var bits = live[word] & _scratch.Live[word]; bits != 0; bits &= bits - 1)
            {
                var from = phase.Triples + 3 * (word * 64 + BitOperations.TrailingZeroCount(bits));
                if (to >= a.Runs && to[0] + to[2] == from[0] && to[1] + to[2] == from[1])
                {
                    to[2] += from[2];
                    continue;
                }

                to += 3;
                (to[0], to[1], to[2]) = (from[0], from[1], from[2]);
            }
        }

        a.RunCount = (int)(to - a.Runs) / 3 + 1;
    }

    /// <summary>The mask's words for the pixels of a unit, bit i the unit's output channel i even where its first is none of a block's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CollectWanted(MaskedResultPhase phase, int rows, int columns)
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
                var low = _work.Wanted.Row(image, block, h) + w;
                var high = spansTwo ? _work.Wanted.Row(image, block + 1, h) + w : null;
                for (var j = 0; j < columns; j++)
                {
                    var bits = (uint)low[j * _g.OutStepW] >> shift;
                    if (spansTwo) bits |= (uint)high[j * _g.OutStepW] << (Block - shift);
                    *to++ = (ushort)(bits & channels);
                }

                for (var j = columns; j < _t.StripColumns; j++) *to++ = 0;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int ListPixels(ulong* bitmap, int words, int* xOffsets, int* yOffsets)
    {
        var x = _scratch.XOffsets;
        var y = _scratch.YOffsets;
        var count = 0;
        for (var word = 0; word < words; word++)
        {
            for (var bits = bitmap[word]; bits != 0; bits &= bits - 1)
            {
                var pixel = word * PixelsPerWord + BitOperations.TrailingZeroCount(bits);
                x[count] = xOffsets[pixel];
                y[count] = yOffsets[pixel];
                count++;
            }
        }

        return count;
    }

    /// <summary>Starts the sums with the bias, or with what the chunks before left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Begin(float* y, int k, int wanted)
    {
        if (_chunk == 0)
        {
            new Span<float>(_scratch.Sums, wanted).Fill(_work.Bias == null ? 0 : _work.Bias[k]);
            return;
        }

        var sums = _scratch.Sums;
        var offsets = _scratch.YOffsets;
        for (var i = 0; i < wanted; i++) sums[i] = y[offsets[i]];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void End(float* y, int wanted)
    {
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
        var (output, first, w) = (_work.Output, FirstChannel, _column * _g.OutStepW);
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
            var last = isLast ? BlockedTensor.Blocks(_g.OutTotal) * Block : first + _channels;
            for (var k = first; k < last; k++)
            {
                var lane = output.Row(image, k, h) + w * Block;
                for (var i = 0; i < columns; i++) lane[i * Block] = 0;
            }
        }
    }
}
