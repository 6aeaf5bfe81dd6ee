using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.WeightFine;

/// <summary>Writes a segment of sums, <c>[output channel][vector][16 lanes]</c>, to the images.</summary>
internal static unsafe class PanelUnpacker
{
    private const int Block = LaneBlock.Size;

    /// <summary>Writes strip by strip: any division of the lanes.</summary>
    /// <param name="strips">The pixels of the segment.</param>
    /// <param name="pixelStep">Output columns from one pixel of a strip to the next.</param>
    /// <param name="sums">The sums.</param>
    /// <param name="channelStep">Floats from one output channel's sums to the next.</param>
    /// <param name="output">The images.</param>
    /// <param name="c">Their first channel.</param>
    /// <param name="channels">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Strips(LaneStrips strips, int pixelStep, float* sums, nint channelStep, in ImageView output, int c, int channels)
    {
        foreach (var strip in strips)
        {
            var from = sums + (nint)strip.Position * Block + strip.Lane;
            if (!output.Blocked)
            {
                var plane = (nint)output.H * output.W;
                var to = output.Row(strip.Image, c, strip.H) + strip.W;
                for (var k = 0; k < channels; k++, from += channelStep, to += plane)
                {
                    for (var i = 0; i < strip.Columns; i++) to[i * pixelStep] = from[i];
                }

                continue;
            }

            for (var done = 0; done < channels;)
            {
                var (inBlock, lanes) = InBlock(in output, c + done, channels - done);
                Transpose.PlanesToLanes(
                    from + done * channelStep, channelStep, inBlock, strip.Columns,
                    output.Row(strip.Image, c + done, strip.H) + (nint)strip.W * Block, lanes, (nint)pixelStep * Block);
                done += inBlock;
            }
        }
    }

    /// <summary>Writes a piece of an output row, or of several full ones, where the lanes are 16 images.</summary>
    /// <param name="sums">The sums of the first pixel.</param>
    /// <param name="channelStep">Floats from one output channel's sums to the next.</param>
    /// <param name="pixels">Output pixels.</param>
    /// <param name="sumStep">Floats from one pixel's sums to the next.</param>
    /// <param name="output">The images.</param>
    /// <param name="n">The first image.</param>
    /// <param name="images">How many.</param>
    /// <param name="c">The first channel.</param>
    /// <param name="channels">How many.</param>
    /// <param name="h">The first pixel's row …</param>
    /// <param name="w">… and column.</param>
    /// <param name="pixelStep">Output columns from one pixel to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Batch(
        float* sums, nint channelStep, int pixels, nint sumStep, in ImageView output, int n, int images, int c, int channels, int h, int w, int pixelStep)
    {
        if (output.Blocked)
        {
            for (var done = 0; done < channels;)
            {
                var (inBlock, lanes) = InBlock(in output, c + done, channels - done);
                var to = output.Row(n, c + done, h) + (nint)w * Block;
                Transpose.PlanesToLanes(
                    sums + done * channelStep, channelStep, inBlock, images, sumStep, to, lanes, output.ImageStep, (nint)pixelStep * Block, pixels);
                done += inBlock;
            }
        }
        else if (output.H * output.W == 1)
        {
            for (var done = 0; done < channels; done += Block)
            {
                var count = Math.Min(Block, channels - done);
                Transpose.PlanesToLanes(
                    sums + done * channelStep, channelStep, count, images, output.Row(n, c + done, h), count, output.ImageStep);
            }
        }
        else if (pixelStep == 1)
        {
            for (var k = 0; k < channels; k++)
                Transpose.LanesToPlanes(sums + k * channelStep, pixels, output.Row(n, c + k, h) + w, output.ImageStep, images, sumStep);
        }
        else
        {
            for (var k = 0; k < channels; k++)
            {
                for (var image = 0; image < images; image++)
                {
                    var from = sums + k * channelStep + image;
                    var to = output.Row(n + image, c + k, h) + w;
                    for (var i = 0; i < pixels; i++) to[(nint)i * pixelStep] = from[i * sumStep];
                }
            }
        }
    }

    /// <summary>The channels from c on that lie in its block, and how many lanes to write: past the last channel zeros.</summary>
    private static (int Channels, int Lanes) InBlock(in ImageView output, int c, int channels)
    {
        var inBlock = Math.Min(channels, Block - c % Block);
        return (inBlock, c + inBlock == output.C ? Block - c % Block : inBlock);
    }
}
