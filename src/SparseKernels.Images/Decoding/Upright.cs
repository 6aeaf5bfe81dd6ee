using System.Runtime.Intrinsics;
using SkiaSharp;

namespace SparseKernels.Images.Decoding;

/// <summary>Packs decoded pixels to three bytes each and turns them as EXIF's orientation says (EXIF 2.32, tag 0x0112).</summary>
internal static class Upright
{
    // Of four pixels the bytes red, green and blue; the last four lanes are overwritten by the next pixels.
    private static readonly Vector128<byte> s_pack = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);

    /// <summary>Packs and turns.</summary>
    /// <param name="rgba"><c>[height, width]</c>: red in the lowest byte, alpha in the highest, which is dropped.</param>
    /// <param name="width">Width as stored.</param>
    /// <param name="height">Height as stored.</param>
    /// <param name="origin">Where the stored first pixel belongs.</param>
    /// <param name="pixels">The picture's memory, 3 · width · height bytes.</param>
    /// <returns>The picture.</returns>
    public static Picture From(ReadOnlySpan<uint> rgba, int width, int height, SKEncodedOrigin origin, byte[] pixels)
    {
        // Where the stored pixel (0, 0) goes, and how far a step to the right and one down lead from there.
        var (start, right, down) = origin switch
        {
            SKEncodedOrigin.TopRight => (width - 1, -1, width),
            SKEncodedOrigin.BottomRight => ((width * height) - 1, -1, -width),
            SKEncodedOrigin.BottomLeft => (width * (height - 1), 1, -width),
            SKEncodedOrigin.LeftTop => (0, height, 1),
            SKEncodedOrigin.RightTop => (height - 1, height, -1),
            SKEncodedOrigin.RightBottom => ((width * height) - 1, -height, -1),
            SKEncodedOrigin.LeftBottom => (height * (width - 1), -height, 1),
            _ => (0, 1, width),
        };
        for (var y = 0; y < height; y++)
        {
            var row = rgba.Slice(y * width, width);
            if (right == 1) Pack(row, pixels.AsSpan((start + (y * down)) * Picture.Channels, width * Picture.Channels));
            else Scatter(row, pixels, start + (y * down), right);
        }

        return origin >= SKEncodedOrigin.LeftTop ? new Picture(height, width, pixels) : new Picture(width, height, pixels);
    }

    private static void Pack(ReadOnlySpan<uint> row, Span<byte> packed)
    {
        var x = 0;

        // A store writes four bytes more than it packs, which must lie within the row.
        for (; x + 6 <= row.Length; x += 4)
        {
            var four = Vector128.Create(row.Slice(x, 4)).AsByte();
            Vector128.Shuffle(four, s_pack).CopyTo(packed[(x * Picture.Channels)..]);
        }

        Scatter(row[x..], packed, x, 1);
    }

    private static void Scatter(ReadOnlySpan<uint> row, Span<byte> pixels, int first, int step)
    {
        for (var x = 0; x < row.Length; x++)
        {
            var pixel = pixels.Slice((first + (x * step)) * Picture.Channels, Picture.Channels);
            (pixel[0], pixel[1], pixel[2]) = ((byte)row[x], (byte)(row[x] >> 8), (byte)(row[x] >> 16));
        }
    }
}
