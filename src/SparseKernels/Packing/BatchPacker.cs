using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Packing;

/// <summary>Copies windows of 16 images to the batch-blocked scratch of a work item, and its sums to the images.</summary>
internal static unsafe class BatchPacker
{
    private const int Block = LaneBlock.Size;

    /// <summary>
    /// Packs <paramref name="channels"/> channels from <paramref name="c"/> on to <c>[channels, rows, columns, 16 images]</c>. Images
    /// past <paramref name="images"/> and pixels outside the image are zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(
        in ImageView image, int n, int images, int c, int channels, int h, int rows, int w, int columns, float* destination)
    {
        var plane = (nint)rows * columns * Block;
        var left = Math.Clamp(-w, 0, columns);
        var inside = Math.Clamp(image.W - Math.Max(w, 0), 0, columns - left);
        var top = Math.Clamp(-h, 0, rows);
        var bottom = Math.Clamp(image.H - h, top, rows);
        if (inside == 0) bottom = top;
        if (inside < columns || bottom - top < rows)
        {
            for (var i = 0; i < channels; i++) ClearOutside(destination + i * plane, rows, columns, top, bottom, left, inside);
        }

        var (height, pixels) = (bottom - top, inside);
        if (inside == columns && inside == image.W) (height, pixels) = (Math.Min(height, 1), inside * height);
        destination += ((nint)top * columns + left) * Block;
        for (var done = 0; done < channels;)
        {
            var inBlock = image.Blocked ? Math.Min(channels - done, Block - (c + done) % Block) : 1;
            var to = destination + done * plane;
            for (var i = 0; i < height; i++, to += (nint)columns * Block)
            {
                var from = image.Row(n, c + done, h + top + i) + (nint)(w + left) * image.PixelStep;
                if (image.Blocked) Transpose.PlanesToLanes(from, image.ImageStep, images, inBlock, Block, to, Block, plane, Block, pixels);
                else Transpose.PlanesToLanes(from, image.ImageStep, images, pixels, to, Block, Block);
            }

            done += inBlock;
        }
    }

    /// <summary>
    /// Writes <c>[channels, rows, W, 16 images]</c>, channels <paramref name="plane"/> floats apart, to full rows from <paramref name="h"/>
    /// on.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(float* source, nint plane, in ImageView image, int n, int images, int c, int channels, int h, int rows)
    {
        var pixels = rows * image.W;
        if (!image.Blocked)
        {
            for (var i = 0; i < channels; i++)
                Transpose.LanesToPlanes(source + i * plane, pixels, image.Row(n, c + i, h), image.ImageStep, images);
            return;
        }

        for (var done = 0; done < channels;)
        {
            var inBlock = Math.Min(channels - done, Block - (c + done) % Block);
            var lanes = c + done + inBlock == image.C ? Block - (c + done) % Block : inBlock;
            var to = image.Row(n, c + done, h);
            Transpose.PlanesToLanes(source + done * plane, plane, inBlock, images, Block, to, lanes, image.ImageStep, Block, pixels);
            done += inBlock;
        }
    }

    /// <summary>Clears what of a packed channel lies outside the image.</summary>
    private static void ClearOutside(float* channel, int rows, int columns, int top, int bottom, int left, int inside)
    {
        if (top == bottom)
        {
            Clear(channel, (nint)rows * columns);
            return;
        }

        Clear(channel, (nint)top * columns + left);
        for (var i = top; i < bottom - 1; i++) Clear(channel + ((nint)i * columns + left + inside) * Block, columns - inside);
        var end = (nint)(bottom - 1) * columns + left + inside;
        Clear(channel + end * Block, (nint)rows * columns - end);
    }

    private static void Clear(float* destination, nint blocks) => new Span<float>(destination, (int)(blocks * Block)).Clear();
}
