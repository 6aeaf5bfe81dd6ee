using SkiaSharp;

namespace SparseKernels.Images.Tests.Support;

/// <summary>Pictures as files of a format with an encoder in Skia.</summary>
internal static class EncodedPicture
{
    /// <summary>A picture that differs everywhere and is smooth, so that lossy formats keep it.</summary>
    public static (int R, int G, int B) Smooth(int x, int y) => (20 + (3 * x), 30 + (4 * y), 200 - (2 * x) - y);

    public static byte[] Make(SKEncodedImageFormat format, int width, int height, Func<int, int, (int R, int G, int B)> pixel)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (r, g, b) = pixel(x, y);
                bitmap.SetPixel(x, y, new SKColor((byte)r, (byte)g, (byte)b));
            }
        }

        using var data = bitmap.Encode(format, 100);
        return data.ToArray();
    }

    /// <summary>A JPEG file with EXIF data that say how it is to be turned.</summary>
    public static byte[] WithOrientation(byte[] jpeg, int orientation)
    {
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, (byte)'E', (byte)'x', (byte)'i', (byte)'f', 0, 0,
            (byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, // little-endian, the directory at 8
            1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, // one entry: orientation, a short
            0, 0, 0, 0,
        ];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }
}
