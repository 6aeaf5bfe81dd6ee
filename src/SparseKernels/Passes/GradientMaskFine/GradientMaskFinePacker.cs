using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Packing;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.GradientMaskFine;

/// <summary>
/// Packs the bands of a <see cref="GradientMaskFinePass"/> as its tiling lays them out: channels of dy, and blocks of channels of x.
/// </summary>
internal readonly unsafe struct GradientMaskFinePacker(TapGeometry g, GradientMaskFineTiling t, float* packing)
{
    private const int Block = LaneBlock.Size;

    /// <summary>Windows of a pixel block that hold an image.</summary>
    public int Windows(int image) => Math.Min(t.Windows, g.Shape.N - image);

    /// <summary>Packs some channels of dy.</summary>
    /// <param name="dy">The output's gradient.</param>
    /// <param name="image">The pixel block's first image.</param>
    /// <param name="row">The band's first output row.</param>
    /// <param name="k">The first channel.</param>
    /// <param name="count">How many.</param>
    /// <param name="to">Where to.</param>
    public void PackDy(in ImageView dy, int image, int row, int k, int count, float* to)
    {
        if (t.LanesAreImages)
        {
            BatchPacker.Pack(in dy, image, Images(image), k, count, row, t.BandRows, 0, g.OutW, to);
            return;
        }

        for (var window = 0; window < Windows(image); window++)
            PixelLanePacker.Pack(
                in dy, image + window, k, count, row, t.BandRows, [0], 1, g.OutW, to + window * t.OutWindowStep, t.RowBlocks, packing);
    }

    /// <summary>Packs the rows of x that a band meets, in some channels.</summary>
    /// <param name="x">The input.</param>
    /// <param name="image">The pixel block's first image.</param>
    /// <param name="row">The band's first output row.</param>
    /// <param name="c">The first channel.</param>
    /// <param name="count">How many.</param>
    /// <param name="to">Where to.</param>
    public void PackX(in ImageView x, int image, int row, int c, int count, float* to)
    {
        var h = row * g.InStepH + g.MinDh;
        if (t.LanesAreImages)
        {
            if (g.InStepW == 1) BatchPacker.Pack(in x, image, Images(image), c, count, h, t.PackedRows, g.MinDw, t.PackedColumns, to);
            else PackResidues(in x, image, c, count, h, to);
            return;
        }

        for (var window = 0; window < Windows(image); window++)
        {
            PixelLanePacker.Pack(
                in x, image + window, c, count, h, t.PackedRows, t.ColumnTaps, g.InStepW, g.OutW, to + (nint)window * t.WindowStep, t.PackedColumns, packing);
        }
    }

    /// <summary>Packs all columns of some channels, then moves each to the variant of its residue modulo the stride.</summary>
    private void PackResidues(in ImageView x, int image, int c, int count, int h, float* to)
    {
        var source = (nint)t.WindowColumns * Block;
        for (var done = 0; done < count; done += Block)
        {
            var channels = Math.Min(Block, count - done);
            BatchPacker.Pack(in x, image, Images(image), c + done, channels, h, t.PackedRows, g.MinDw, t.WindowColumns, packing);
            for (var i = 0; i < channels * t.PackedRows; i++)
            {
                var from = packing + i * source;
                var channel = to + (nint)(done + i / t.PackedRows) * t.ChannelStep;
                for (var column = 0; column < t.WindowColumns; column++, from += Block)
                {
                    var variant = (nint)column % g.InStepW * t.PackedRows + i % t.PackedRows;
                    var place = channel + (variant * t.PackedColumns + column / g.InStepW) * Block;
                    new ReadOnlySpan<float>(from, Block).CopyTo(new Span<float>(place, Block));
                }
            }
        }
    }

    private int Images(int image) => Math.Min(t.ImagesAtOnce, g.Shape.N - image);
}
