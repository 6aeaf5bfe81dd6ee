using System.Globalization;
using SkiaSharp;
using SparseKernels.Training.Data;

namespace SparseKernels.Bench.Learning;

/// <summary>Writes images of a data set as PNG files into a folder for each class.</summary>
internal static class PngPictures
{
    /// <summary>Writes the first images.</summary>
    /// <param name="data">Colour images.</param>
    /// <param name="count">How many; no more than there are.</param>
    /// <param name="folder">Made where it isn't there.</param>
    /// <exception cref="ArgumentOutOfRangeException">The data set has fewer images.</exception>
    /// <exception cref="IOException">A file can't be written.</exception>
    public static void Write(IDataSet data, int count, string folder)
    {
        if (count > data.Count) throw new ArgumentOutOfRangeException(nameof(count), $"count must be at most the {data.Count} images of {data.Name}, got {count}.");
        var plane = data.Height * data.Width;
        var chw = new float[data.Channels * plane];
        using var bitmap = new SKBitmap(data.Width, data.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        for (var index = 0; index < count; index++)
        {
            data.CopyImage(index, chw);
            for (var i = 0; i < plane; i++)
                bitmap.SetPixel(i % data.Width, i / data.Width, new SKColor(Byte(chw[i]), Byte(chw[plane + i]), Byte(chw[(2 * plane) + i])));
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"class-{data.Label(index)}"));
            Directory.CreateDirectory(path);
            using var file = File.Create(Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{index:D5}.png")));
            bitmap.Encode(file, SKEncodedImageFormat.Png, quality: 100);
        }
    }

    private static byte Byte(float intensity) => (byte)Math.Clamp((int)MathF.Round(255 * intensity), 0, 255);
}
