using SparseKernels.Isa;

namespace SparseKernels.Tensors;

/// <summary>
/// How far apart the pixels of a tensor lie whose channels are planes with a border: batch-blocked or planar. A row's border to the right is
/// the next row's to the left, so that a border costs one column, not two. All zero for tensors that are neither.
/// </summary>
/// <param name="Pixel">Floats from a pixel to the next one of its row: 16 in a batch-blocked tensor, 1 in a planar one.</param>
/// <param name="Row">Floats from a pixel to the one below it.</param>
/// <param name="Channel">Floats from a channel to the next.</param>
internal readonly record struct PlaneStrides(int Pixel, int Row, int Channel)
{
    private const int Block = LaneBlock.Size;

    /// <summary>
    /// Cache lines of a way of L1 on current processors: what lies a multiple of it apart fights for the same sets.
    /// </summary>
    private const int LinesPerWay = 64;

    /// <summary>
    /// Lines from a channel to the next, modulo a way: odd, so that as many channels as a way has lines all start in sets of their own, and
    /// far from a half, a third and a quarter of a way, so that close neighbours' windows hardly overlap.
    /// </summary>
    private const int Apart = 27;

    /// <summary>The layout of tensors with these strides.</summary>
    public BlockedLayout Layout => Pixel switch { 0 => BlockedLayout.ChannelBlocked, 1 => BlockedLayout.Planar, _ => BlockedLayout.BatchBlocked };

    /// <summary>Images that a vector of 16 floats holds a pixel of.</summary>
    public int ImagesTogether => Pixel == Block ? Block : 1;

    /// <summary>Floats from a channel to the next, which may be more than a stride can be.</summary>
    public static Int128 FloatsOfChannel(BlockedLayout layout, int h, int w, Padding2D border)
    {
        Int128 row = PixelsOfRow(w, border);
        if (layout == BlockedLayout.BatchBlocked) return Spread(((border.Top + (Int128)h + border.Bottom) * row + border.Left) * Block);

        // The last vector of pixels is read and written as a whole, and read as far from there as the border reaches.
        return Spread(Whole(border.Top * row + border.Left) + ((Int128)h - 1 + border.Bottom) * row + w + border.Right + Block - 1);
    }

    /// <summary>The strides of a tensor whose elements can be counted.</summary>
    public static PlaneStrides Of(BlockedLayout layout, int h, int w, Padding2D border)
    {
        if (layout == BlockedLayout.ChannelBlocked) return default;
        var pixel = layout == BlockedLayout.BatchBlocked ? Block : 1;
        return new(pixel, (int)(PixelsOfRow(w, border) * pixel), (int)FloatsOfChannel(layout, h, w, border));
    }

    /// <summary>Floats from a channel's first float in memory to its first pixel of the image, which is aligned.</summary>
    public int Inset(Padding2D border) => (int)Whole((Int128)border.Top * Row + border.Left * Pixel);

    private static long PixelsOfRow(int w, Padding2D border) => (long)w + Math.Max(border.Left, border.Right);

    private static Int128 Whole(Int128 floats) => (floats + Block - 1) / Block * Block;

    /// <summary>
    /// Floats from a channel to the next one for a channel of so many: more of them, so that channels start in different sets. Small planes need
    /// no more than an odd number of lines: a window of one is most of it, so that channels that follow one another use all sets alike.
    /// </summary>
    public static Int128 Spread(Int128 floats)
    {
        var lines = Whole(floats) / Block;
        if (lines < LinesPerWay) return (lines | 1) * Block;
        var up = (Apart - lines % LinesPerWay + LinesPerWay) % LinesPerWay;
        var down = (LinesPerWay - Apart - lines % LinesPerWay + LinesPerWay) % LinesPerWay;
        return (lines + (up < down ? up : down)) * Block;
    }
}
