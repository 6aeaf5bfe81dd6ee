using System.Globalization;
using SkiaSharp;
using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Tests.Support;
using Xunit;

namespace SparseKernels.Bench.Tests.Learning;

public sealed class PngPicturesTests : IDisposable
{
    private const int Side = 32;

    private readonly string _folder = Directory.CreateTempSubdirectory("pictures").FullName;
    private readonly CifarImages _images;

    public PngPicturesTests()
    {
        CifarFile.Write(Path.Combine(_folder, "data_batch_1.bin"), images: 9);
        CifarFile.Write(Path.Combine(_folder, "test_batch.bin"), images: 2);
        _images = new CifarImages(_folder);
    }

    [Fact]
    public void Write_Images_LieInTheirClassesPixelForPixel()
    {
        PngPictures.Write(_images.Training, 7, Path.Combine(_folder, "train"));

        var files = Directory.GetFiles(Path.Combine(_folder, "train"), "*.png", SearchOption.AllDirectories);
        Assert.Equal(7, files.Length);
        var chw = new float[3 * Side * Side];
        foreach (var file in files)
        {
            var index = int.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture);
            Assert.Equal($"class-{_images.Training.Label(index)}", Path.GetFileName(Path.GetDirectoryName(file)));
            _images.Training.CopyImage(index, chw);
            using var picture = SKBitmap.Decode(file);
            Assert.Equal((Side, Side), (picture.Width, picture.Height));
            for (var i = 0; i < Side * Side; i++)
            {
                var pixel = picture.GetPixel(i % Side, i / Side);
                Assert.Equal(chw[i], pixel.Red / 255f, 1e-6f);
                Assert.Equal(chw[(Side * Side) + i], pixel.Green / 255f, 1e-6f);
                Assert.Equal(chw[(2 * Side * Side) + i], pixel.Blue / 255f, 1e-6f);
            }
        }
    }

    [Fact]
    public void Write_MoreThanThereAre_SaysHowMany()
    {
        var folder = Path.Combine(_folder, "none");
        var error = Assert.Throws<ArgumentOutOfRangeException>("count", () => PngPictures.Write(_images.Training, 10, folder));
        Assert.Contains("at most the 9 images", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
