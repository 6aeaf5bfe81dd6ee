using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.GradientMaskFine;

/// <summary>
/// Copies rows of one image to scratch in which the lanes are 16 pixels of a row, one copy for each column that a row may start at.
/// </summary>
internal static unsafe class PixelLanePacker
{
    private const int Block = LaneBlock.Size;

    /// <summary>
    /// Packs <paramref name="channels"/> channels from <paramref name="c"/> on to <c>[channels, starts, rows, blocks, 16]</c>: pixel i of a
    /// row is column <c>start + i·step</c>. Whatever lies outside the image or past <paramref name="pixels"/> is zero.
    /// </summary>
    /// <param name="image">The image's tensor.</param>
    /// <param name="n">The image.</param>
    /// <param name="c">First channel.</param>
    /// <param name="channels">How many.</param>
    /// <param name="h">First row, which may lie outside.</param>
    /// <param name="rows">How many.</param>
    /// <param name="starts">The column of the first pixel of each copy, which may lie outside.</param>
    /// <param name="step">Columns from one pixel to the next.</param>
    /// <param name="pixels">Pixels of a row.</param>
    /// <param name="destination">The scratch.</param>
    /// <param name="blocks">Blocks of 16 lanes of a row.</param>
    /// <param name="planes">Room for 16 rows of the image.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(
        in ImageView image, int n, int c, int channels, int h, int rows, ReadOnlySpan<int> starts, int step, int pixels, float* destination, int blocks, float* planes)
    {
        var copy = (nint)rows * blocks * Block;
        var channelStep = starts.Length * copy;
        for (nint i = 0; i < channels; i++) new Span<float>(destination + i * channelStep, (int)channelStep).Clear();
        for (var done = 0; done < channels;)
        {
            var inBlock = Math.Min(channels - done, Block - (c + done) % Block);
            for (var i = Math.Max(0, -h); i < Math.Min(rows, image.H - h); i++)
            {
                var from = image.Row(n, c + done, h + i);
                var fromStep = (nint)image.H * image.W;
                if (image.Blocked)
                {
                    var lane = (c + done) % Block;
                    Transpose.LanesToPlanes(from - lane, image.W, planes, image.W, Block);
                    from = planes + lane * image.W;
                    fromStep = image.W;
                }

                for (var channel = 0; channel < inBlock; channel++)
                {
                    var to = destination + (done + channel) * channelStep + (nint)i * blocks * Block;
                    foreach (var start in starts)
                    {
                        CopyRow(from + channel * fromStep, image.W, start, step, pixels, to);
                        to += copy;
                    }
                }
            }

            done += inBlock;
        }
    }

    private static void CopyRow(float* from, int width, int start, int step, int pixels, float* to)
    {
        var first = start < 0 ? (-start + step - 1) / step : 0;
        var last = start >= width ? first : Math.Min(pixels, (width - start + step - 1) / step);
        from += start;
        if (step == 1)
        {
            if (last > first) new ReadOnlySpan<float>(from + first, last - first).CopyTo(new Span<float>(to + first, last - first));
            return;
        }

        for (var i = first; i < last; i++) to[i] = from[(nint)i * step];
    }
}
