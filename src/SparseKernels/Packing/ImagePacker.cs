using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Packing;

/// <summary>Copies windows of images into the padded scratch that kernels read, and results out of theirs.</summary>
internal static unsafe class ImagePacker
{
    private const int Block = LaneBlock.Size;

    /// <summary>Pixels of a row under which its tail past the last full transpose counts.</summary>
    private const int ShortRow = 32;

    /// <summary>
    /// Packs <paramref name="channels"/> channels from <paramref name="c"/> on, of the window that starts at (<paramref name="h"/>,
    /// <paramref name="w"/>), to <c>[rows, columns, lanes]</c>. Whatever lies outside the image is zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(
        in ImageView image, int n, int c, int channels, int h, int rows, int w, int columns, float* destination, int lanes)
    {
        var left = Math.Clamp(-w, 0, columns);
        var inside = Math.Clamp(image.W - Math.Max(w, 0), 0, columns - left);
        var top = Math.Clamp(-h, 0, rows);
        var bottom = Math.Clamp(image.H - h, top, rows);
        if (inside == 0 || top == bottom)
        {
            Clear(destination, (nint)rows * columns * lanes);
            return;
        }

        var rowLength = (nint)columns * lanes;
        var length = (nint)inside * lanes;
        var first = destination + top * rowLength;
        Clear(destination, top * rowLength + (nint)left * lanes);
        if (inside == image.W && inside == columns)
        {
            PackRow(in image, n, c, channels, h + top, 0, (bottom - top) * inside, first, lanes);
        }
        else if (inside == image.W && !image.Blocked && inside < ShortRow)
        {
            // Rows are too short to transpose one by one: all of them in one go to the end of the window, then row by row to their
            // places, which never lie behind where they are.
            var packed = destination + rows * rowLength - (bottom - top) * length;
            Transpose.PlanesToLanes(
                image.Row(n, c, h + top), (nint)image.H * image.W, channels, (bottom - top) * inside, packed, lanes, lanes);
            for (var i = 0; i < bottom - top; i++) Copy(packed + i * length, first + i * rowLength + (nint)left * lanes, length);
        }
        else
        {
            for (var i = top; i < bottom; i++)
                PackRow(in image, n, c, channels, h + i, w + left, inside, destination + i * rowLength + (nint)left * lanes, lanes);
        }

        // From the end of one row's pixels to the start of the next one's.
        var gap = rowLength - length;
        for (var i = top; i < bottom - 1 && gap > 0; i++) Clear(destination + i * rowLength + (nint)left * lanes + length, gap);
        var end = destination + (bottom - 1) * rowLength + (nint)left * lanes + length;
        Clear(end, (nint)(destination + rows * rowLength - end));
    }

    /// <summary>
    /// Packs up to 16 channels of whole rows to <c>[rows · W, …]</c>, pixels <paramref name="pixelStep"/> floats apart; lanes past the
    /// channels are zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackRows(in ImageView image, int n, int c, int channels, int h, int rows, float* destination, nint pixelStep)
    {
        var pixels = rows * image.W;
        if (!image.Blocked)
        {
            Transpose.PlanesToLanes(image.Row(n, c, h), (nint)image.H * image.W, channels, pixels, destination, Block, pixelStep);
        }
        else if (c % Block == 0 && (channels == Block || c + channels == image.C))
        {
            var from = image.Row(n, c, h);
            for (var i = 0; i < pixels; i++) Copy(from + (nint)i * Block, destination + i * pixelStep, Block);
        }
        else
        {
            for (var lane = 0; lane < Block; lane++)
            {
                var from = lane < channels ? image.Row(n, c + lane, h) : null;
                for (var i = 0; i < pixels; i++) destination[i * pixelStep + lane] = from != null ? from[(nint)i * Block] : 0;
            }
        }
    }

    /// <summary>
    /// Writes <c>[rows, W, 16]</c> to the first <paramref name="channels"/> channels from <paramref name="c"/> on, full rows from
    /// <paramref name="h"/> on.
    /// Lanes past the image's last channel are written too where it has them: the kernels make them zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(float* source, in ImageView image, int n, int c, int channels, int h, int rows)
    {
        if (!image.Blocked)
        {
            Transpose.LanesToPlanes(source, rows * image.W, image.Row(n, c, h), (nint)image.H * image.W, channels);
        }
        else if (c % Block == 0 && (channels == Block || c + channels == image.C))
        {
            Copy(source, image.Row(n, c, h), (nint)rows * image.W * Block);
        }
        else
        {
            for (var lane = 0; lane < channels; lane++)
            {
                var to = image.Row(n, c + lane, h);
                for (var i = 0; i < rows * image.W; i++) to[(nint)i * Block] = source[(nint)i * Block + lane];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRow(in ImageView image, int n, int c, int channels, int h, int w, int pixels, float* destination, int lanes)
    {
        if (!image.Blocked)
        {
            Transpose.PlanesToLanes(image.Row(n, c, h) + w, (nint)image.H * image.W, channels, pixels, destination, lanes, lanes);
        }
        else if (c % Block == 0 && lanes == Block && (channels == Block || c + channels == image.C))
        {
            Copy(image.Row(n, c, h) + (nint)w * Block, destination, (nint)pixels * Block);
        }
        else
        {
            for (var lane = 0; lane < lanes; lane++)
            {
                var from = lane < channels ? image.Row(n, c + lane, h) + (nint)w * Block : null;
                for (var i = 0; i < pixels; i++) destination[(nint)i * lanes + lane] = from != null ? from[(nint)i * Block] : 0;
            }
        }
    }

    private static void Clear(float* destination, nint length) => new Span<float>(destination, (int)length).Clear();

    private static void Copy(float* source, float* destination, nint length) =>
        new ReadOnlySpan<float>(source, (int)length).CopyTo(new Span<float>(destination, (int)length));
}
