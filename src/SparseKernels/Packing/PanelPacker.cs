using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Packing;

/// <summary>Copies windows of images into panels: all lanes of a pixel, several blocks of channels, one behind the other.</summary>
internal static unsafe class PanelPacker
{
    private const int Block = LaneBlock.Size;

    /// <summary>
    /// Packs <paramref name="channels"/> channels from <paramref name="c"/> on, of the window that starts at (<paramref name="h"/>,
    /// <paramref name="w"/>), to <c>[rows, columns, lanes]</c>. Whatever lies outside the image is zero, as are lanes past the channels.
    /// </summary>
    /// <remarks>The lanes are a multiple of 16.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(
        in ImageView image, int n, int c, int channels, int h, int rows, int w, int columns, float* destination, int lanes)
    {
        var left = Math.Clamp(-w, 0, columns);
        var inside = Math.Clamp(image.W - Math.Max(w, 0), 0, columns - left);
        var top = Math.Clamp(-h, 0, rows);
        var bottom = Math.Clamp(image.H - h, top, rows);
        if (inside < columns || top > 0 || bottom < rows || lanes - channels >= Block)
            new Span<float>(destination, rows * columns * lanes).Clear();
        if (inside == 0 || top == bottom) return;
        for (var lane = 0; lane < channels; lane += Block)
        {
            var first = destination + (nint)left * lanes + lane;
            var inBlock = Math.Min(Block, channels - lane);
            if (inside == columns && inside == image.W)
            {
                PackRow(in image, n, c + lane, inBlock, h + top, 0, (bottom - top) * inside, first + (nint)top * columns * lanes, lanes);
                continue;
            }

            for (var i = top; i < bottom; i++) PackRow(
                in image, n, c + lane, inBlock, h + i, w + left, inside, first + (nint)i * columns * lanes, lanes);
        }
    }

    private static void PackRow(
        in ImageView image, int n, int c, int channels, int h, int w, int pixels, float* destination, nint pixelStep)
    {
        if (!image.Blocked)
        {
            Transpose.PlanesToLanes(image.Row(n, c, h) + w, (nint)image.H * image.W, channels, pixels, destination, Block, pixelStep);
            return;
        }

        if (c % Block == 0 && (channels == Block || c + channels == image.C))
        {
            CopyBlocks(image.Row(n, c, h) + (nint)w * Block, pixels, destination, pixelStep);
            return;
        }

        for (var lane = 0; lane < Block; lane++)
        {
            var from = lane < channels ? image.Row(n, c + lane, h) + (nint)w * Block : null;
            for (nint i = 0; i < pixels; i++) destination[i * pixelStep + lane] = from != null ? from[i * Block] : 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyBlocks(float* from, int pixels, float* to, nint step)
    {
        for (var i = 0; i < pixels; i++, from += Block, to += step)
        {
            if (Vector256.IsHardwareAccelerated)
            {
                Vector256.Load(from).Store(to);
                Vector256.Load(from + 8).Store(to + 8);
            }
            else
            {
                for (var lane = 0; lane < Block; lane += Vector128<float>.Count) Vector128.Load(from + lane).Store(to + lane);
            }
        }
    }
}
