using System.Runtime.CompilerServices;
using SparseKernels.Packing;
using SparseKernels.Sparsity;

namespace SparseKernels.Scheduling;

/// <summary>One work item of a <see cref="MaskedResultPass"/>: some bands of some images, and a share of the output channels.</summary>
internal readonly unsafe ref struct MaskedResultItem
{
    private const int Block = BlockedTensor.Block;

    private readonly ref readonly MaskedResultPass.Work _work;
    private readonly MaskedResultPass _pass;
    private readonly TapGeometry _g;
    private readonly MaskedResultTiling _t;
    private readonly MaskedResultScratch _scratch;
    private readonly int _group;
    private readonly int _image;
    private readonly int _images;
    private readonly int _firstBand;
    private readonly int _lastBand;
    private readonly int _firstBlock;
    private readonly int _lastBlock;

    public MaskedResultItem(ref readonly MaskedResultPass.Work work, int worker, int group, int image, int firstBand, int firstBlock)
    {
        _work = ref work;
        _pass = work.Pass;
        (_t, _g) = (_pass.Tiling, _pass.Tiling.Geometry);
        _scratch = new MaskedResultScratch(work.Scratch.Of(worker), _t, _pass.MostRuns, _pass.LiveWords);
        (_group, _image, _firstBand, _firstBlock) = (group, image, firstBand, firstBlock);
        _images = Math.Min(_t.ImagesPerItem, _g.Shape.N - image);
        _lastBand = Math.Min(firstBand + _t.BandsPerItem, _t.Bands);
        _lastBlock = Math.Min(firstBlock + _t.OutBlocksPerItem, _t.OutBlocks);
    }

    public void Run()
    {
        for (var chunk = 0; chunk < _t.Chunks; chunk++)
        {
            Pack(chunk);
            for (var block = _firstBlock; block < _lastBlock; block++)
            {
                for (var image = 0; image < _images; image += _t.ImagesPerUnit)
                {
                    for (var band = _firstBand; band < _lastBand; band++)
                    {
                        for (var strip = 0; strip < _t.Strips; strip++) RunUnit(chunk, block, image, band, strip);
                    }
                }
            }
        }
    }

    private void RunUnit(int chunk, int block, int image, int band, int strip)
    {
        var images = Math.Min(_t.ImagesPerUnit, _images - image);
        new MaskedResultUnit(in _work, in _scratch, chunk, _group, block, _image, image, images, _firstBand, band, strip).Run();
    }

    private void Pack(int chunk)
    {
        var (firstRow, lastRow) = (_t.FirstRow(_firstBand), _t.FirstRow(_lastBand));
        var rows = _t.WindowRows(lastRow - firstRow);
        var live = _scratch.LiveRows;
        for (var image = 0; image < _images; image++)
        {
            var blocks = Math.Min(_t.ChunkBlocks, _t.InBlocks - chunk * _t.ChunkBlocks);
            for (var i = 0; i < blocks; i++)
            {
                var c = (chunk * _t.ChunkBlocks + i) * Block;
                var to = _scratch.Packed + (nint)image * _t.PackedImage + (nint)i * _t.BlockStep;
                var (first, channels) = (_group * _g.InC + c, Math.Min(Block, _g.InC - c));
                if (_t.IsPointwise)
                {
                    ImagePacker.PackRows(in _work.Input, _image + image, first, channels, firstRow, rows, to, _t.PixelStep);
                }
                else
                {
                    ImagePacker.Pack(
                        in _work.Input, _image + image, first, channels, firstRow * _g.InStepH + _g.MinDh, rows, _g.MinDw, _t.PackedColumns, to, Block);
                }

                FindLiveRows(to, rows, live + (image * _t.ChunkBlocks + i) * _t.PackedRows);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FindLiveRows(float* packed, int rows, byte* live)
    {
        for (var row = 0; row < rows; row++)
        {
            live[row] = NonZeroBits.Any(packed + (nint)row * _t.PackedColumns * _t.PixelStep, _t.PackedColumns, _t.PixelStep) ? (byte)1 : (byte)0;
        }
    }
}
