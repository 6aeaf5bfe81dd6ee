using System.Runtime.CompilerServices;
using SparseKernels.Packing;

namespace SparseKernels.Scheduling;

/// <summary>What the lists hold at present: a chunk's entries for one panel width and set of live channels.</summary>
internal ref struct ListedChunk(int chunk, Span<ushort> live)
{
    public int Chunk { get; } = chunk;

    /// <summary>The panel width of the offsets; 0 before anything is listed.</summary>
    public int Width { get; set; }

    /// <summary>For each block of the chunk: the channels that may have entries.</summary>
    public Span<ushort> Live { get; } = live;
}

/// <summary>
/// The non-zeros of the pixels that a work item of a <see cref="SparseDataPass"/> reads, for one chunk of input channels: pixel after pixel
/// of a row; an entry's offset is (column · channels of the chunk + channel) · panel width. Padding has no entries.
/// </summary>
internal readonly unsafe ref struct NonZeroLists
{
    private const int Block = BlockedTensor.Block;

    private readonly TapGeometry _g;
    private readonly SparseDataTiling _t;
    private readonly SparseDataScratch _scratch;
    private readonly int _group;
    private readonly int _image;
    private readonly int _images;
    private readonly int _firstRow;

    /// <summary>Lists for some images and the band of rows from <paramref name="row"/> of the phase grid on.</summary>
    public NonZeroLists(TapGeometry geometry, SparseDataTiling tiling, SparseDataScratch scratch, int group, int image, int images, int row)
    {
        (_g, _t, _scratch, _group, _image, _images) = (geometry, tiling, scratch, group, image, images);
        _firstRow = row * geometry.InStepH + geometry.MinDh;
    }

    public int* Offsets => _scratch.Offsets;

    public float* Values => _scratch.Values;

    /// <summary>Where the entries of each column of a row start, and after the last column where they end.</summary>
    public int* Starts(int image, int row) => _scratch.Starts + ((nint)image * _t.PackedRows + row) * (_t.PackedColumns + 1);

    /// <summary>Lists a chunk, unless that is what the lists hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void List(in ImageView input, ref ListedChunk listed, int width, ReadOnlySpan<ushort> live)
    {
        if (listed.Width == width && live.SequenceEqual(listed.Live)) return;
        listed.Width = width;
        live.CopyTo(listed.Live);
        var channel = _group * _g.InC + _t.FirstChannelOf(listed.Chunk);
        var direct = input.Blocked && channel % Block == 0 && (_g.Groups == 1 || _g.InC % Block == 0);
        var (blocks, pixel) = (_t.BlocksOf(listed.Chunk), _t.ChannelsOf(listed.Chunk) * width);
        var count = 0;
        for (var image = 0; image < _images; image++)
        {
            if (!direct) Pack(in input, image, channel, listed.Chunk);
            for (var row = 0; row < _t.PackedRows; row++)
            {
                var h = _firstRow + row;
                var starts = Starts(image, row);
                var (first, end) = (0, _t.PackedColumns);
                if (direct) (first, end) = (Math.Clamp(-_g.MinDw, 0, _t.PackedColumns), Math.Clamp(_g.InW - _g.MinDw, 0, _t.PackedColumns));
                if (h < 0 || h >= _g.InH) end = first;
                var from = direct ? input.Row(_image + image, channel, Math.Clamp(h, 0, _g.InH - 1)) + (nint)(first + _g.MinDw) * Block : _scratch.Input + ((nint)row * _t.PackedColumns + first) * Block;
                var blockStep = direct ? (nint)_g.InH * _g.InW * Block : (nint)_t.PackedRows * _t.PackedColumns * Block;
                for (var column = 0; column < first; column++) starts[column] = count;
                count = ListRow(from, blockStep, blocks, live, first, end, pixel, width, starts, count);
                for (var column = Math.Max(first, end); column <= _t.PackedColumns; column++) starts[column] = count;
            }
        }
    }

    private int ListRow(float* from, nint blockStep, int blocks, ReadOnlySpan<ushort> live, int first, int end, int pixel, int width, int* starts, int count)
    {
        for (var column = first; column < end; column++, from += Block)
        {
            starts[column] = count;
            var offset = column * pixel;
            for (var block = 0; block < blocks; block++, offset += Block * width)
                count = NonZeroEntries.Append(from + block * blockStep, live[block], offset, width, Offsets, Values, count);
        }

        return count;
    }

    private void Pack(in ImageView input, int image, int channel, int chunk)
    {
        var plane = (nint)_t.PackedRows * _t.PackedColumns * Block;
        for (var block = 0; block < _t.BlocksOf(chunk); block++)
        {
            ImagePacker.Pack(
                in input, _image + image, channel + block * Block, _g.InChannelsFrom(_group, _t.FirstChannelOf(chunk) + block * Block),
                _firstRow, _t.PackedRows, _g.MinDw, _t.PackedColumns, _scratch.Input + block * plane, Block);
        }
    }
}
