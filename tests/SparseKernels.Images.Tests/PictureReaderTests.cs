using SparseKernels.Images.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Training;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Images.Tests;

public class PictureReaderTests
{
    private const int Size = 24;

    [Fact]
    public void Read_PathAndBytes_SameBitsAsNormalisedTestImages()
    {
        using var folder = Photographs.Folder(10, "cats", "dogs");
        var data = PictureFolder.Load(folder.Path, DataSplit.Test, new PictureFolderOptions { ImageSize = Size });
        var reader = new PictureReader(Size, new Normalisation([0.4f, 0.5f, 0.6f], [0.2f, 0.3f, 0.25f]));
        var (expected, ofPath, ofBytes) = (new float[reader.Length], new float[reader.Length], new float[reader.Length]);
        for (var i = 0; i < data.Count; i++)
        {
            data.CopyImage(i, expected);
            reader.Normalisation.Apply(expected);
            reader.Read(data.PathOf(i), ofPath);
            reader.Read(File.ReadAllBytes(data.PathOf(i)), ofBytes);
            Assert.Equal(expected, ofPath);
            Assert.Equal(expected, ofBytes);
        }
    }

    [Fact]
    public void Read_ManyThreadsAtOnce_SameBitsAsAlone()
    {
        using var folder = Photographs.Folder(6, "cats", "dogs");
        var reader = new PictureReader(Size);
        var paths = Directory.GetFiles(folder.Path, "*.*", SearchOption.AllDirectories);
        var alone = paths.Select(Read).ToArray();
        Parallel.For(0, 20 * paths.Length, i => Assert.Equal(alone[i % paths.Length], Read(paths[i % paths.Length])));

        float[] Read(string path)
        {
            var image = new float[reader.Length];
            reader.Read(path, image);
            return image;
        }
    }

    [Theory]
    [InlineData("text", "is no picture: expected JPEG, PNG, BMP, GIF or WebP.")]
    [InlineData("empty", "is empty.")]
    [InlineData("cut", "ends too early, after 700 bytes.")]
    [InlineData("large", "has 41x28 pixels: expected 1 to 1147.")]
    public void Read_NoPicture_SaysWhyAndWritesNothing(string kind, string because)
    {
        var whole = EncodedPicture.Make(SkiaSharp.SKEncodedImageFormat.Jpeg, 41, 28, EncodedPicture.Smooth);
        byte[] file = kind switch { "text" => "no picture"u8.ToArray(), "empty" => [], "cut" => whole[..700], _ => whole };
        var reader = new PictureReader(Size) { MostPixels = (41 * 28) - (kind == "large" ? 1 : 0) };
        var image = new float[reader.Length];
        Assert.Equal($"the picture {because}", Assert.Throws<InvalidDataException>(() => reader.Read(file, image)).Message);
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "a.jpg");
        File.WriteAllBytes(path, file);
        Assert.Equal($"'{path}' {because}", Assert.Throws<InvalidDataException>(() => reader.Read(path, image)).Message);
        Assert.All(image, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Read_NoFileOrWrongLength_ThrowsNamingIt()
    {
        var reader = new PictureReader(Size);
        Assert.Throws<FileNotFoundException>(() => reader.Read("nowhere.jpg", new float[reader.Length]));
        Assert.Throws<ArgumentException>("path", () => reader.Read("", new float[reader.Length]));
        Assert.Throws<ArgumentException>("image", () => reader.Read("nowhere.jpg", new float[reader.Length + 1]));
        Assert.Throws<ArgumentException>("image", () => reader.Read([1, 2], new float[reader.Length - 1]));
    }

    [Fact]
    public void Constructor_OutOfRange_ThrowsNamingArgument()
    {
        Assert.Throws<ArgumentOutOfRangeException>("size", () => new PictureReader(0));
        Assert.Throws<ArgumentOutOfRangeException>("size", () => new PictureReader(4097));
        Assert.Throws<ArgumentException>("normalisation", () => new PictureReader(8, Normalisation.Mnist));
        Assert.Throws<ArgumentOutOfRangeException>("value", () => new PictureReader(8) { MostPixels = 0 });
    }

    [Fact]
    public void Of_CheckpointOfARunOnPictures_ReadsAsTheRunDid()
    {
        using var folder = Photographs.Folder(10, "cats", "dogs");
        var options = new PictureFolderOptions { ImageSize = 32 };
        var path = Path.Combine(folder.Path, "run.safetensors");
        var training = PictureFolder.Load(folder.Path, DataSplit.Training, options);
        var trainer = new TrainerOptions
        {
            TrainingData = training,
            TestData = PictureFolder.Load(folder.Path, DataSplit.Test, options),
            Normalisation = Normalisation.Measure(training),
            Model = "vgg-small",
            Epochs = 1,
            Batch = 8,
            CheckpointPath = path,
        };
        using (var run = new Trainer(trainer)) Assert.True(run.Run(cancellation: TestContext.Current.CancellationToken));
        var reader = PictureReader.Of(Checkpoint.Load(path));
        Assert.Equal(32, reader.Size);
        Assert.Equal(trainer.Normalisation.Mean.ToArray(), reader.Normalisation.Mean.ToArray());
        Assert.Equal(trainer.Normalisation.Deviation.ToArray(), reader.Normalisation.Deviation.ToArray());
    }

    [Theory]
    [InlineData(1, 28, 28, "mean 0.5, deviation 0.2", "images of [1, 28, 28]")]
    [InlineData(3, 28, 32, "mean 0.5 0.5 0.5, deviation 0.2 0.2 0.2", "images of [3, 28, 32]")]
    [InlineData(3, 32, 32, "mean 0.5, deviation 0.2", "3 channels, red, green and blue, got 1")]
    [InlineData(3, 32, 32, "half", "got 'half'")]
    [InlineData(3, 32, 32, null, "keeps no setting 'normalisation'")]
    [InlineData(0, 0, 0, null, "keeps no sizes of images")]
    public void Of_CheckpointOfNoPictures_SaysWhy(int channels, int height, int width, string? normalisation, string because)
    {
        var settings = new Dictionary<string, string>();
        if (normalisation is not null) settings["normalisation"] = normalisation;
        var checkpoint = new Checkpoint(new TrainingProgress(0, 0, 0, 1), [], [], settings)
        {
            Input = channels == 0 ? null : new FeatureShape(channels, height, width),
        };
        Assert.Contains(because, Assert.Throws<InvalidDataException>(() => PictureReader.Of(checkpoint)).Message, StringComparison.Ordinal);
    }
}
