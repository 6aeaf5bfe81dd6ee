using System.Runtime.CompilerServices;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Memory;
using SparseKernels.Packing;
using SparseKernels.Passes.Frame;
using SparseKernels.Sparsity;

namespace SparseKernels.Passes.ResultFine;

/// <summary>One work item of a <see cref="ResultFinePass"/>: some units, and a share of the output channels.</summary>
internal readonly unsafe ref struct ResultFineItem
{
    private const int Block = LaneBlock.Size;

    private readonly ref readonly TapCall<Scratch, ResultFineWeights> _call;
    private readonly ResultFinePass _pass;
    private readonly TapGeometry _g;
    private readonly ResultFineTiling _t;
    private readonly ResultFineScratch _scratch;
    private readonly int _group;
    private readonly int _firstUnit;
    private readonly int _lastUnit;
    private readonly int _firstBlock;
    private readonly int _lastBlock;

    public ResultFineItem(
        ResultFinePass pass, ref readonly TapCall<Scratch, ResultFineWeights> call, int worker, int group, int firstUnit, int firstBlock)
    {
        _call = ref call;
        _pass = pass;
        (_t, _g) = (pass.Tiling, pass.Tiling.Geometry);
        _scratch = new ResultFineScratch(call.Scratch.Of(worker), _t, pass.MostTaps, pass.LiveWords);
        (_group, _firstUnit, _firstBlock) = (group, firstUnit, firstBlock);
        _lastUnit = Math.Min(firstUnit + _t.UnitsPerItem, _t.Units);
        _lastBlock = Math.Min(firstBlock + _t.OutBlocksPerItem, _t.OutBlocks);
    }

    public void Run()
    {
        for (var chunk = 0; chunk < _t.Chunks; chunk++)
        {
            for (var unit = _firstUnit; unit < _lastUnit; unit++) Pack(chunk, unit);
            for (var block = _firstBlock; block < _lastBlock; block++)
            {
                for (var unit = _firstUnit; unit < _lastUnit; unit++)
                    new ResultFineUnit(_pass, in _call, in _scratch, chunk, _group, block, unit, unit - _firstUnit).Run();
            }
        }
    }

    private void Pack(int chunk, int unit)
    {
        var (strip, band, image) = (unit % _t.Strips, unit / _t.Strips % _t.Bands, unit / _t.Strips / _t.Bands * _t.ImagesPerUnit);
        var c = chunk * _t.PixelStep;
        var channels = Math.Min(_t.PixelStep, _g.InC - c);
        var blocks = LaneBlock.Count(channels);
        var first = (unit - _firstUnit) * _t.ImagesPerUnit;
        var allLive = true;
        for (var i = 0; i < Math.Min(_t.ImagesPerUnit, _g.Shape.N - image); i++)
        {
            var to = _scratch.Packed + (nint)(first + i) * _t.PackedImage;
            PanelPacker.Pack(
                in _call.Input, image + i, _group * _g.InC + c, channels, _t.FirstRow(band) * _g.InStepH + _g.MinDh, _t.WindowRows,
                _t.FirstColumn(strip) * _g.InStepW + _g.MinDw, _t.WindowColumns, to, _t.PixelStep);
            allLive &= FindLiveRows(to, blocks, _scratch.LiveRows + (nint)(first + i) * _t.WindowRows * _t.ChunkBlocks);
        }

        _scratch.AllRowsLive[unit - _firstUnit] = allLive ? (byte)1 : (byte)0;
    }

    /// <summary>Marks the rows of each channel block that hold a non-zero; true if all do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool FindLiveRows(float* packed, int blocks, byte* live)
    {
        var all = true;
        for (var row = 0; row < _t.WindowRows; row++, packed += (nint)_t.WindowColumns * _t.PixelStep, live += _t.ChunkBlocks)
        {
            for (var block = 0; block < blocks; block++)
            {
                var any = NonZeroBits.Any(packed + block * Block, _t.WindowColumns, _t.PixelStep);
                live[block] = any ? (byte)1 : (byte)0;
                all &= any;
            }
        }

        return all;
    }
}
