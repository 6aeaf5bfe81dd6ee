using System.Runtime.CompilerServices;

namespace SparseKernels.Packing;

/// <summary>Copies windows of 16 images to the batch-blocked scratch of a work item, and its sums to the images.</summary>
internal static unsafe class BatchPacker
{
    private const int Block = BlockedTensor.Block;

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
        if (inside < columns || h < 0 || h + rows > image.H) new Span<float>(destination, checked((int)(plane * channels))).Clear();
        for (var i = Math.Max(0, -h); i < Math.Min(rows, image.H - h); i++)
        {
            var to = destination + ((nint)i * columns + left) * Block;
            if (image.Blocked) PackBlockedRow(in image, n, images, c, channels, h + i, w + left, inside, to, plane);
            else PackPlainRow(in image, n, images, c, channels, h + i, w + left, inside, to, plane);
        }
    }

    /// <summary>Writes <c>[channels, rows, W, 16 images]</c>, channels <paramref name="plane"/> floats apart, to full rows from <paramref name="h"/> on.</summary>
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
            for (var pixel = 0; pixel < pixels; pixel++)
            {
                Transpose.PlanesToLanes(
                    source + done * plane + (nint)pixel * Block, plane, inBlock, images, to + (nint)pixel * Block, lanes, image.ImageStep);
            }

            done += inBlock;
        }
    }

    private static void PackPlainRow(
        in ImageView image, int n, int images, int c, int channels, int h, int w, int pixels, float* destination, nint plane)
    {
        for (var i = 0; i < channels; i++)
            Transpose.PlanesToLanes(image.Row(n, c + i, h) + w, image.ImageStep, images, pixels, destination + i * plane, Block, Block);
    }

    private static void PackBlockedRow(
        in ImageView image, int n, int images, int c, int channels, int h, int w, int pixels, float* destination, nint plane)
    {
        for (var done = 0; done < channels;)
        {
            var inBlock = Math.Min(channels - done, Block - (c + done) % Block);
            var from = image.Row(n, c + done, h) + (nint)w * Block;
            var to = destination + done * plane;
            for (nint pixel = 0; pixel < pixels; pixel++)
            {
                Transpose.PlanesToLanes(from + pixel * Block, image.ImageStep, images, inBlock, to + pixel * Block, Block, plane);
            }

            done += inBlock;
        }
    }
}
