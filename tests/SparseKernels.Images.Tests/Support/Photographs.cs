using SkiaSharp;
using SparseKernels.TestSupport;

namespace SparseKernels.Images.Tests.Support;

/// <summary>Folders of made-up photographs: each class of a colour of its own, each picture of sizes and a pattern of its own.</summary>
internal static class Photographs
{
    private static readonly (int R, int G, int B)[] s_colours = [(200, 60, 40), (40, 190, 70), (60, 50, 200), (180, 180, 60)];

    /// <summary>Writes pictures <c>0.jpg</c>, <c>1.png</c>, <c>2.jpg</c> … of each class.</summary>
    public static void Write(string root, int count, params string[] classes)
    {
        foreach (var (label, name) in classes.Index())
        {
            for (var i = 0; i < count; i++)
            {
                var path = Path.Combine(root, name, $"{i}.{(i % 2 == 0 ? "jpg" : "png")}");
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllBytes(path, Make(label, i));
            }
        }
    }

    /// <summary>A folder with such pictures in it.</summary>
    public static TemporaryFolder Folder(int count, params string[] classes)
    {
        var folder = new TemporaryFolder();
        Write(folder.Path, count, classes);
        return folder;
    }

    private static byte[] Make(int label, int i)
    {
        var (r, g, b) = s_colours[label];
        var format = i % 2 == 0 ? SKEncodedImageFormat.Jpeg : SKEncodedImageFormat.Png;
        return EncodedPicture.Make(format, 30 + (7 * (i % 5)), 40 + (5 * (i % 3)) - label, (x, y) => (Shade(r, x, y), Shade(g, y, x), Shade(b, x + y, i)));

        int Shade(int level, int u, int v) => Math.Clamp(level + (int)(30 * Math.Sin((u + (3 * i)) / 4.0) * Math.Cos(v / 5.0)), 0, 255);
    }
}
