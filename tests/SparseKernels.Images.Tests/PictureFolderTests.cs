using SparseKernels.Images.Tests.Support;
using SparseKernels.Training.Data;
using SparseKernels.Training.Randomness;
using Xunit;

namespace SparseKernels.Images.Tests;

public class PictureFolderTests
{
    private const int Size = 24;

    [Fact]
    public void Load_Classes_NamesLabelsAndSizes()
    {
        using var folder = Photographs.Folder(10, "cats", "dogs", "owls");
        var data = PictureFolder.Load(folder.Path, DataSplit.Training, Options());
        Assert.Equal((24, 3, Size, Size, 3), (data.Count, data.Channels, data.Height, data.Width, data.Classes));
        Assert.Equal(["cats", "dogs", "owls"], data.ClassNames);
        Assert.Equal($"pictures in {folder.Path}", data.Name);
        Assert.Equal("24", data.Settings[PictureFolder.SizeSetting]);
        for (var i = 0; i < data.Count; i++) Assert.Equal(data.ClassNames[data.Label(i)], Path.GetFileName(Path.GetDirectoryName(data.PathOf(i))));
        Assert.Empty(data.Broken);

        // Each class has a colour of its own: red, green, blue.
        var image = new float[3 * Size * Size];
        for (var i = 0; i < data.Count; i++)
        {
            data.CopyImage(i, image);
            var means = Enumerable.Range(0, 3).Select(c => image.Skip(c * Size * Size).Take(Size * Size).Average()).ToArray();
            Assert.Equal(data.Label(i), Array.IndexOf(means, means.Max()));
            Assert.All(image, value => Assert.InRange(value, 0f, 1f));
        }
    }

    [Fact]
    public void Copies_CacheOnPartlyOnAndOff_SameBits()
    {
        using var folder = Photographs.Folder(8, "cats", "dogs");
        foreach (var split in Enum.GetValues<DataSplit>())
        {
            var cached = PictureFolder.Load(folder.Path, split, Options() with { CacheBytes = long.MaxValue, Threads = 1 });
            var partly = PictureFolder.Load(folder.Path, split, Options() with { CacheBytes = cached.CachedBytes / 2, Threads = 3 });
            var none = PictureFolder.Load(folder.Path, split, Options() with { CacheBytes = 0, Threads = 2 });
            Assert.True(cached.CachedBytes > 0);
            Assert.InRange(partly.CachedBytes, 1, cached.CachedBytes / 2);
            Assert.Equal(0, none.CachedBytes);
            for (var i = 0; i < cached.Count; i++)
            {
                Assert.Equal(Plain(cached, i), Plain(none, i));
                Assert.Equal(Plain(cached, i), Plain(partly, i));
                Assert.Equal(Drawn(cached, i, 7), Drawn(none, i, 7));
                Assert.NotEqual(Drawn(cached, i, 7), Drawn(none, i, 8));
            }
        }
    }

    [Fact]
    public void CopyImage_TestPicture_ResizedAndCutAsTorchvision()
    {
        // The same picture resized by hand: 48×40 by rows of one intensity, so that the middle 24 of 27 rows are known.
        using var folder = Photographs.Folder(2, "a", "b");
        var ramp = PngFile.OfColours(48, 54, (_, y) => (4 * y, 4 * y, 4 * y));
        foreach (var name in new[] { "a", "b" }) File.WriteAllBytes(Path.Combine(folder.Path, name, "0.jpg"), ramp);
        foreach (var name in new[] { "a", "b" }) File.WriteAllBytes(Path.Combine(folder.Path, name, "1.png"), ramp);
        var image = Plain(PictureFolder.Load(folder.Path, DataSplit.Test, Options()), 0);

        // Shorter side 48 → 27, longer 54 → 30: scale 1.8 down the column, 3 rows cut off above.
        for (var y = 1; y < Size - 1; y++)
        {
            var centre = ((y + 3 + 0.5) * 54 / 30) - 0.5;
            Assert.Equal(4 * centre / 255, image[(y * Size) + 5], 0.005);
            Assert.Equal(image[(y * Size) + 5], image[(2 * Size * Size) + (y * Size) + 20]);
        }
    }

    [Fact]
    public void CopyTrainingImage_WholePictureAndFlip_AsItIsOrMirrored()
    {
        using var folder = Photographs.Folder(2, "a", "b");
        var square = PngFile.OfColours(Size, Size, (x, y) => (10 * x, 10 * y, 0));
        foreach (var name in new[] { "a/0.jpg", "a/1.png", "b/0.jpg", "b/1.png" }) File.WriteAllBytes(Path.Combine(folder.Path, name), square);
        var whole = new PictureAugmentation { MinimumScale = 1, MinimumRatio = 1, MaximumRatio = 1 };
        var data = PictureFolder.Load(folder.Path, DataSplit.Training, Options() with { Augmentation = whole });
        var mirrored = 0;
        for (ulong seed = 0; seed < 40; seed++)
        {
            var image = Drawn(data, 0, seed);
            var turned = image[0] > 0.5;
            if (turned) mirrored++;
            for (var i = 0; i < Size * Size; i++)
            {
                var x = turned ? Size - 1 - (i % Size) : i % Size;
                Assert.Equal(10 * x / 255f, image[i], 1e-5);
                Assert.Equal(10 * (i / Size) / 255f, image[(Size * Size) + i], 1e-5);
            }
        }

        Assert.InRange(mirrored, 10, 30);
        var straight = PictureFolder.Load(folder.Path, DataSplit.Training, Options() with { Augmentation = whole with { Flip = false } });
        for (ulong seed = 0; seed < 40; seed++) Assert.Equal(0, Drawn(straight, 0, seed)[0]);
    }

    [Fact]
    public void Load_LargePictures_AreReducedOnceAndKeptSmall()
    {
        using var folder = Photographs.Folder(2, "a", "b");
        var large = EncodedPicture.Make(SkiaSharp.SKEncodedImageFormat.Png, 300, 200, (x, y) => (x / 2, y, 90));
        foreach (var name in new[] { "a/0.jpg", "a/1.png", "b/0.jpg", "b/1.png" }) File.WriteAllBytes(Path.Combine(folder.Path, name), large);
        var data = PictureFolder.Load(folder.Path, DataSplit.Training, Options());
        Assert.Equal("85", data.Settings["reduced-to"]); // 24 / √0.08
        Assert.Equal(2 * 3 * 85 * 127, data.CachedBytes);
        Assert.Equal(2 * 3 * Size * Size, PictureFolder.Load(folder.Path, DataSplit.Test, Options()).CachedBytes);
    }

    [Fact]
    public void Load_BrokenFiles_AreNamedCountedAndLeftOut()
    {
        using var folder = Photographs.Folder(10, "cats", "dogs");
        var good = PictureFolder.Load(folder.Path, DataSplit.Training, Options());
        var (text, cut, empty) = (good.PathOf(1), good.PathOf(4), good.PathOf(12));
        File.WriteAllText(text, "no picture at all");
        File.WriteAllBytes(cut, File.ReadAllBytes(cut)[..^200]);
        File.WriteAllBytes(empty, []);

        var data = PictureFolder.Load(folder.Path, DataSplit.Training, Options() with { Threads = 3 });
        Assert.Equal(good.Count - 3, data.Count);
        Assert.Equal([text, cut, empty], data.Broken.Select(broken => broken.Path));
        Assert.Equal($"'{text}' is no picture: expected JPEG, PNG, BMP, GIF or WebP.", data.Broken[0].Reason);
        Assert.Matches("ends too early|is damaged", data.Broken[1].Reason);
        Assert.Equal($"'{empty}' is empty.", data.Broken[2].Reason);
        Assert.DoesNotContain(text, Enumerable.Range(0, data.Count).Select(data.PathOf));
        Assert.Equal(Plain(good, 2), Plain(data, 1));

        for (var threads = 1; threads < 5; threads++)
        {
            var strict = Options() with { Strict = true, Threads = threads };
            Assert.Equal(data.Broken[0].Reason, Assert.Throws<InvalidDataException>(() => PictureFolder.Load(folder.Path, DataSplit.Training, strict)).Message);
        }
    }

    [Fact]
    public void Load_AClassWithoutAGoodPicture_IsRefused()
    {
        using var folder = Photographs.Folder(4, "cats", "dogs");
        foreach (var file in Directory.GetFiles(Path.Combine(folder.Path, "dogs"))) File.WriteAllBytes(file, []);
        var message = Assert.Throws<InvalidDataException>(() => PictureFolder.Load(folder.Path, DataSplit.Training, Options())).Message;
        Assert.Matches("none of the 3 pictures of 'dogs' can be read: '.*' is empty.", message);
    }

    [Fact]
    public void BatchLoader_PictureThatGoesBadLater_ThrowsNamingTheFile()
    {
        using var folder = Photographs.Folder(10, "cats", "dogs");
        var data = PictureFolder.Load(folder.Path, DataSplit.Test, Options() with { CacheBytes = 0, TestShare = 0.8 });
        File.WriteAllBytes(data.PathOf(5), []);
        using var loader = new BatchLoader(
            data, new BatchLoaderOptions { BatchSize = 4, Training = false, Normalisation = PictureFolder.ImageNet, Threads = 3 });
        Assert.Equal(4, loader.Next().Count);
        Assert.Contains(data.PathOf(5), Assert.Throws<InvalidDataException>(loader.Next).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_BadOptions_AreNamed()
    {
        using var folder = Photographs.Folder(2, "a", "b");
        Throws("ImageSize", new PictureFolderOptions { ImageSize = 0 });
        Throws("ImageSize", new PictureFolderOptions { ImageSize = 5000 });
        Throws("TestShare", new PictureFolderOptions { TestShare = 1 });
        Throws("CacheBytes", new PictureFolderOptions { CacheBytes = -1 });
        Throws("LongestShorterSide", new PictureFolderOptions { LongestShorterSide = 100 });
        Throws("Threads", new PictureFolderOptions { Threads = 0 });
        Throws("MinimumScale", Varied(new PictureAugmentation { MinimumScale = 0 }));
        Throws("MinimumScale", Varied(new PictureAugmentation { MinimumScale = 0.5f, MaximumScale = 0.4f }));
        Throws("MaximumScale", Varied(new PictureAugmentation { MaximumScale = 1.1f }));
        Throws("MinimumRatio", Varied(new PictureAugmentation { MinimumRatio = float.NaN }));
        Throws("MaximumRatio", Varied(new PictureAugmentation { MaximumRatio = float.PositiveInfinity }));
        Throws("Brightness", Varied(new PictureAugmentation { Brightness = -1 }));
        Throws("Contrast", Varied(new PictureAugmentation { Contrast = float.PositiveInfinity }));
        Throws("Saturation", Varied(new PictureAugmentation { Saturation = float.NaN }));
        Throws("Hue", Varied(new PictureAugmentation { Hue = 0.6f }));
        Assert.Throws<ArgumentException>("folder", () => PictureFolder.Load("", DataSplit.Test));
        var data = PictureFolder.Load(folder.Path, DataSplit.Test, Options());
        Assert.Throws<ArgumentOutOfRangeException>("index", () => data.CopyImage(data.Count, new float[3 * Size * Size]));
        Assert.Throws<ArgumentException>("chw", () => data.CopyImage(0, new float[Size * Size]));

        void Throws(string name, PictureFolderOptions options) =>
            Assert.Throws<ArgumentOutOfRangeException>(name, () => PictureFolder.Load(folder.Path, DataSplit.Test, options));

        static PictureFolderOptions Varied(PictureAugmentation augmentation) => new() { Augmentation = augmentation };
    }

    private static PictureFolderOptions Options() => new() { ImageSize = Size };

    private static float[] Plain(PictureFolder data, int index)
    {
        var image = new float[3 * Size * Size];
        data.CopyImage(index, image);
        return image;
    }

    private static float[] Drawn(PictureFolder data, int index, ulong seed)
    {
        var image = new float[3 * Size * Size];
        var random = new RandomSource(seed);
        data.CopyTrainingImage(index, image, ref random);
        return image;
    }
}
