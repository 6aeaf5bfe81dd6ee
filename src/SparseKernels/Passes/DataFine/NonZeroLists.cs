using System.Runtime.CompilerServices;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Packing;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.DataFine;

/// <summary>What the lists hold at present.</summary>
internal ref struct ListedChunk(Span<ushort> live)
{
    private readonly Span<ushort> _live = live;
    private PanelChunk _chunk;
    private int _width;
    private int _panel;

    /// <summary>Remembers what is asked for; true if the lists hold it already.</summary>
    public bool Holds(in PanelChunk chunk, int panel, int width, scoped ReadOnlySpan<ushort> live)
    {
        if (chunk == _chunk && width == _width && (chunk.IsFull || panel == _panel) && live.SequenceEqual(_live[..live.Length]))
            return true;
        (_chunk, _width, _panel) = (chunk, width, panel);
        live.CopyTo(_live);
        return false;
    }
}

/// <summary>
/// The non-zeros of the pixels that a work item of a <see cref="DataFinePass"/> reads, for one chunk of input channels: pixel after pixel
/// of a row; an entry's offset is (column · channels of the chunk + place of the channel) · panel width. Padding has no entries.
/// </summary>
internal readonly unsafe ref struct NonZeroLists
{
    private const int Block = LaneBlock.Size;

    private readonly TapGeometry _g;
    private readonly DataFineTiling _t;
    private readonly DataFineScratch _scratch;
    private readonly int _group;
    private readonly int _image;
    private readonly int _images;
    private readonly int _firstRow;

    /// <summary>Lists for some images and the band of rows from <paramref name="row"/> of the phase grid on.</summary>
    public NonZeroLists(TapGeometry geometry, DataFineTiling tiling, DataFineScratch scratch, int group, int image, int images, int row)
    {
        (_g, _t, _scratch, _group, _image, _images) = (geometry, tiling, scratch, group, image, images);
        _firstRow = row * geometry.InStepH + geometry.MinDh;
    }

    public int* Offsets => _scratch.Offsets;

    public float* Values => _scratch.Values;

    /// <summary>Where the entries of each column of a row start, and after the last column where they end.</summary>
    public int* Starts(int image, int row) => _scratch.Starts + ((nint)image * _t.PackedRows + row) * (_t.PackedColumns + 1);

    /// <summary>Lists the entries of a panel's chunk.</summary>
    /// <param name="input">x or dy.</param>
    /// <param name="chunk">The chunk.</param>
    /// <param name="places">For each channel of the chunk: its place times the panel's width.</param>
    /// <param name="width">The panel's width.</param>
    /// <param name="live">For each block of the chunk: the channels that may have entries.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void List(in ImageView input, in PanelChunk chunk, int* places, int width, scoped ReadOnlySpan<ushort> live)
    {
        var channel = _group * _g.InC + chunk.FirstBlock * Block;
        var direct = input.Blocked && (_g.Groups == 1 || _g.InC % Block == 0);
        var pixel = chunk.Channels * width;
        var count = 0;
        for (var image = 0; image < _images; image++)
        {
            if (!direct) Pack(in input, image, channel, in chunk);
            for (var row = 0; row < _t.PackedRows; row++)
            {
                var h = _firstRow + row;
                var starts = Starts(image, row);
                var (first, end) = (0, _t.PackedColumns);
                if (direct) (first, end) = (Math.Clamp(-_g.MinDw, 0, _t.PackedColumns), Math.Clamp(_g.InW - _g.MinDw, 0, _t.PackedColumns));
                if (h < 0 || h >= _g.InH) end = first;
                var from = direct
                    ? input.Row(_image + image, channel, Math.Clamp(h, 0, _g.InH - 1)) + (nint)(first + _g.MinDw) * Block
                    : _scratch.Input + ((nint)row * _t.PackedColumns + first) * Block;
                var blockStep = direct ? (nint)_g.InH * _g.InW * Block : (nint)_t.PackedRows * _t.PackedColumns * Block;
                for (var column = 0; column < first; column++) starts[column] = count;
                count = ListRow(from, blockStep, live, places, first, end, pixel, starts, count);
                for (var column = Math.Max(first, end); column <= _t.PackedColumns; column++) starts[column] = count;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int ListRow(
        float* from, nint blockStep, ReadOnlySpan<ushort> live, int* places, int first, int end, int pixel, int* starts, int count)
    {
        var lanesOfMask = NonZeroEntries.LanesOfMask;
        var offsets = Offsets;
        var values = Values;
        for (var column = first; column < end; column++, from += Block)
        {
            starts[column] = count;
            for (var block = 0; block < live.Length; block++)
                count = NonZeroEntries.Append(
                    lanesOfMask, from + block * blockStep, live[block], places + block * Block, column * pixel, offsets, values, count);
        }

        return count;
    }

    private void Pack(in ImageView input, int image, int channel, in PanelChunk chunk)
    {
        var plane = (nint)_t.PackedRows * _t.PackedColumns * Block;
        for (var block = 0; block < chunk.Blocks; block++)
        {
            ImagePacker.Pack(
                in input, _image + image, channel + block * Block, _g.InChannelsFrom(_group, (chunk.FirstBlock + block) * Block),
                _firstRow, _t.PackedRows, _g.MinDw, _t.PackedColumns, _scratch.Input + block * plane, Block);
        }
    }
}
