using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Packing;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.DataFine;

/// <summary>
/// Where a work item's sums are made, channel-blocked: in the output tensor itself if that has the layout, else in scratch that is
/// unpacked at the end. A share of a group's output lanes, some images, a band of output rows.
/// </summary>
internal readonly unsafe ref struct ResultRows
{
    private const int Block = LaneBlock.Size;

    private readonly TapGeometry _g;
    private readonly ref readonly ImageView _output;
    private readonly float* _scratch;
    private readonly bool _direct;
    private readonly int _group;
    private readonly int _firstLane;
    private readonly int _blocks;
    private readonly int _image;
    private readonly int _images;
    private readonly int _firstRow;
    private readonly int _rows;
    private readonly int _bandRows;

    /// <summary>
    /// Rows <paramref name="firstRow"/> on, at most <paramref name="bandRows"/>, of lanes <paramref name="firstLane"/> to before
    /// <paramref name="endLane"/>.
    /// </summary>
    public ResultRows(
        TapGeometry geometry, ref readonly ImageView output, float* scratch, int group, int firstLane, int endLane, int image, int images,
        int firstRow, int bandRows)
    {
        _g = geometry;
        _output = ref output;
        _direct = output.Blocked && geometry.OutGroupsAreWholeBlocks;
        _scratch = scratch;
        (_group, _firstLane, _blocks) = (group, firstLane, (endLane - firstLane) / Block);
        (_image, _images, _firstRow, _bandRows) = (image, images, firstRow, bandRows);
        _rows = Math.Min(bandRows, geometry.OutH - firstRow);
    }

    /// <summary>Floats from one block of 16 lanes to the next.</summary>
    public nint BlockStep => _direct ? (nint)_g.OutH * _g.OutW * Block : (nint)_bandRows * _g.OutW * Block;

    /// <summary>The lanes of a pixel, from lane <paramref name="lane"/> of the group on; the row counts from the band's first.</summary>
    public float* Pixel(int image, int lane, int row, int column)
    {
        if (_direct) return _output.Row(_image + image, _group * _g.OutC + lane, _firstRow + row) + (nint)column * Block;
        return _scratch + ((nint)image * _blocks + (lane - _firstLane) / Block) * BlockStep + ((nint)row * _g.OutW + column) * Block;
    }

    /// <summary>Starts every sum with its bias, or zero if there is none.</summary>
    public void Fill(float* bias)
    {
        Span<float> start = stackalloc float[Block];
        for (var block = 0; block < _blocks; block++)
        {
            var lane = _firstLane + block * Block;
            start.Clear();
            if (bias != null) new ReadOnlySpan<float>(bias + _group * _g.OutC + lane, Math.Min(Block, _g.OutC - lane)).CopyTo(start);
            for (var image = 0; image < _images; image++)
            {
                var pixels = new Span<float>(Pixel(image, lane, 0, 0), _rows * _g.OutW * Block);
                if (bias == null) pixels.Clear();
                for (; bias != null && !pixels.IsEmpty; pixels = pixels[Block..]) start.CopyTo(pixels);
            }
        }
    }

    /// <summary>
    /// Brings the sums to the output and clears the lanes past its last channel: zero weights there times infinity leave a NaN.
    /// </summary>
    public void Finish()
    {
        for (var block = 0; block < _blocks; block++)
        {
            var lane = _firstLane + block * Block;
            var channels = _g.OutChannelsFrom(_group, lane);
            for (var image = 0; image < _images; image++)
            {
                var sums = Pixel(image, lane, 0, 0);
                var isLast = _group * _g.OutC + lane + channels == _g.OutTotal;
                for (var i = 0; channels < Block && isLast && i < _rows * _g.OutW; i++)
                    new Span<float>(sums + i * Block + channels, Block - channels).Clear();
                if (!_direct) ImagePacker.Unpack(sums, in _output, _image + image, _group * _g.OutC + lane, channels, _firstRow, _rows);
            }
        }
    }
}
