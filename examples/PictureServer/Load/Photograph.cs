using SkiaSharp;

namespace PictureServer.Load;

/// <summary>A made-up photograph where none is named: soft light, edges and grain, so that its JPEG file is as long as one of a camera's.</summary>
internal static class Photograph
{
    private const int Width = 500;
    private const int Height = 375;

    /// <summary>A JPEG file of ImageNet's usual sizes.</summary>
    public static byte[] Make()
    {
        var random = new Random(1);
        using var bitmap = new SKBitmap(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var light = 110 + (60 * Math.Sin(x / 37.0) * Math.Cos(y / 29.0)) + (((x / 40) + (y / 50)) % 2 == 0 ? 40 : 0);
                bitmap.SetPixel(x, y, new SKColor(Shade(light + (x / 9.0)), Shade(light), Shade(light - (y / 7.0))));
            }
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return data.ToArray();

        byte Shade(double value) => (byte)Math.Clamp(value + random.Next(-9, 10), 0, 255);
    }
}
