using SparseKernels.Isa;

namespace SparseKernels.Tensors;

/// <summary>
/// How far apart the pixels of a batch-blocked tensor lie. A row's border to the right is the next row's to the left, so that a border
/// costs one column, not two.
/// </summary>
/// <param name="Row">Floats from a pixel to the one below it.</param>
/// <param name="Channel">Floats from a channel to the next.</param>
internal readonly record struct BatchStrides(int Row, int Channel)
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

    /// <summary>Floats from a channel to the next, which may be more than a stride can be.</summary>
    public static Int128 FloatsOfChannel(int h, int w, Padding2D border) =>
        Spread(((Int128)border.Top + h + border.Bottom) * PixelsOfRow(w, border) + border.Left) * Block;

    /// <summary>The strides of a tensor whose elements can be counted.</summary>
    public static BatchStrides Of(int h, int w, Padding2D border) =>
        new((int)(PixelsOfRow(w, border) * Block), (int)FloatsOfChannel(h, w, border));

    /// <summary>Floats from a channel's first pixel in memory to its first pixel of the image.</summary>
    public int Inset(Padding2D border) => border.Top * Row + border.Left * Block;

    private static long PixelsOfRow(int w, Padding2D border) => (long)w + Math.Max(border.Left, border.Right);

    /// <summary>
    /// Small planes need no more than an odd number of lines: a window of one is most of it, so that channels that follow one another use
    /// all sets alike.
    /// </summary>
    private static Int128 Spread(Int128 lines)
    {
        if (lines < LinesPerWay) return lines | 1;
        var up = (Apart - lines % LinesPerWay + LinesPerWay) % LinesPerWay;
        var down = (LinesPerWay - Apart - lines % LinesPerWay + LinesPerWay) % LinesPerWay;
        return lines + (up < down ? up : down);
    }
}
