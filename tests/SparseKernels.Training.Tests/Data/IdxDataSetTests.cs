using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SparseKernels.TestSupport;
using SparseKernels.Training.Data;
using Xunit;

namespace SparseKernels.Training.Tests.Data;

public class IdxDataSetTests
{
    private const uint ImageMagic = 2051;
    private const uint LabelMagic = 2049;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void Load_PlainOrPacked_ReadsImagesAndLabels(bool packedImages, bool packedLabels)
    {
        using var folder = new TemporaryFolder();
        byte[] pixels = [.. Enumerable.Range(0, 3 * 2 * 4).Select(i => (byte)(i * 10))];
        Write(folder, "train-images-idx3-ubyte", Idx(ImageMagic, [3, 2, 4], pixels), packedImages);
        Write(folder, "train-labels-idx1-ubyte", Idx(LabelMagic, [3], [7, 0, 9]), packedLabels);
        var data = IdxDataSet.Load(folder.Path, DataSplit.Training);

        Assert.Equal((3, 1, 2, 4, 10), (data.Count, data.Channels, data.Height, data.Width, data.Classes));
        Assert.Equal([7, 0, 9], Enumerable.Range(0, 3).Select(data.Label));
        Assert.Equal(pixels[8..16], data.Pixels(1).ToArray());
    }

    [Fact]
    public void Load_OnlyTestFiles_SplitsThemInFileOrder()
    {
        using var folder = new TemporaryFolder();
        byte[] labels = [.. Enumerable.Range(0, 20).Select(i => (byte)(i % 10))];
        Write(
            folder, "t10k-images-idx3-ubyte", Idx(ImageMagic, [20, 1, 1], [.. Enumerable.Range(0, 20).Select(i => (byte)i)]), packed: true);
        Write(folder, "t10k-labels-idx1-ubyte", Idx(LabelMagic, [20], labels), packed: true);
        var training = IdxDataSet.Load(folder.Path, DataSplit.Training);
        var test = IdxDataSet.Load(folder.Path, DataSplit.Test);

        Assert.Equal((17, 3), (training.Count, test.Count));
        Assert.Equal(16, training.Pixels(16)[0]);
        Assert.Equal(17, test.Pixels(0)[0]);
        Assert.Equal(labels[17..].Select(label => (int)label), Enumerable.Range(0, 3).Select(test.Label));
    }

    [Theory]
    [InlineData(2049u)]
    [InlineData(0u)]
    [InlineData(0x03080000u)]
    public void Load_WrongMagic_ThrowsNamingFileAndMagic(uint magic)
    {
        using var folder = new TemporaryFolder();
        var file = WriteTest(folder, Idx(magic, [2, 1, 1], [1, 2]), Idx(LabelMagic, [2], [1, 2]));
        var e = Assert.Throws<InvalidDataException>(() => IdxDataSet.Load(folder.Path, DataSplit.Test));
        Assert.Contains(file, e.Message);
        Assert.Contains($"expected magic number 2051, got {magic}", e.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_TruncatedAnywhere_ThrowsNamingFile(bool packed)
    {
        var whole = Idx(ImageMagic, [2, 3, 3], new byte[18]);
        for (var length = 0; length < whole.Length; length++)
        {
            using var folder = new TemporaryFolder();
            var file = WriteTest(folder, whole[..length], Idx(LabelMagic, [2], [1, 2]), packed);
            var e = Assert.Throws<InvalidDataException>(() => IdxDataSet.Load(folder.Path, DataSplit.Test));
            Assert.Contains(file, e.Message);
        }
    }

    [Fact]
    public void Load_PackedFileCutAnywhere_ThrowsNamingFile()
    {
        byte[] pixels = [.. Enumerable.Range(0, 200).Select(i => (byte)(i * i))];
        var whole = Pack(Idx(ImageMagic, [2, 10, 10], pixels));
        for (var length = 0; length < whole.Length; length++)
        {
            using var folder = new TemporaryFolder();
            var file = folder.Write("t10k-images-idx3-ubyte.gz", whole[..length]);
            folder.Write("t10k-labels-idx1-ubyte", Idx(LabelMagic, [2], [1, 2]));
            var e = Assert.Throws<InvalidDataException>(() => IdxDataSet.Load(folder.Path, DataSplit.Test));
            Assert.Contains(file, e.Message);
        }
    }

    [Theory]
    [InlineData("<!DOCTYPE html><title>Not found</title>", "is no gzip file: expected it to begin with bytes 1f8b, got 3c21")]
    [InlineData("", "is no gzip file: expected it to begin with bytes 1f8b, got none")]
    [InlineData("\u001f\u008bnonsense", "the packed data are corrupt")]
    public void Load_NoGzip_SaysSo(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("t10k-images-idx3-ubyte.gz", Encoding.Latin1.GetBytes(content));
        folder.Write("t10k-labels-idx1-ubyte", Idx(LabelMagic, [2], [1, 2]));
        var message = Assert.Throws<InvalidDataException>(() => IdxDataSet.Load(folder.Path, DataSplit.Test)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains(file, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PackedInTwoMembers_ReadsBoth()
    {
        using var folder = new TemporaryFolder();
        var images = Idx(ImageMagic, [2, 1, 2], [1, 2, 3, 0xA5]);
        folder.Write("t10k-images-idx3-ubyte.gz", [.. Pack(images[..7]), .. Pack(images[7..])]);
        folder.Write("t10k-labels-idx1-ubyte", Idx(LabelMagic, [2], [1, 2]));
        Assert.Equal([3, 0xA5], IdxDataSet.Load(folder.Path, DataSplit.Test).Pixels(0).ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_BytesAfterTheEnd_Throws(bool packed)
    {
        using var folder = new TemporaryFolder();
        WriteTest(folder, Idx(ImageMagic, [2, 1, 1], [1, 2, 3]), Idx(LabelMagic, [2], [1, 2]), packed);
        Assert.Contains(
            "expected 18 bytes", Assert.Throws<InvalidDataException>(() => IdxDataSet.Load(folder.Path, DataSplit.Test)).Message);
    }

    [Fact]
    public void Load_HugeSizesInSmallPackedFile_ThrowsWithoutReservingThem()
    {
        using var folder = new TemporaryFolder();
        WriteTest(folder, Idx(ImageMagic, [2_000_000, 28, 28], []), Idx(LabelMagic, [2], [1, 2]), packed: true);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => IdxDataSet.Load(folder.Path, DataSplit.Test));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000_000);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(uint.MaxValue)]
    public void Load_ImpossibleSize_Throws(uint size)
    {
        using var folder = new TemporaryFolder();
        WriteTest(folder, Idx(ImageMagic, [2, size, 5], []), Idx(LabelMagic, [2], [1, 2]));
        Assert.Contains(
            $"got size {size} in dimension 1",
            Assert.Throws<InvalidDataException>(() => IdxDataSet.Load(folder.Path, DataSplit.Test)).Message);
    }

    [Fact]
    public void Load_CountsDiffer_ThrowsNamingBoth()
    {
        using var folder = new TemporaryFolder();
        WriteTest(folder, Idx(ImageMagic, [2, 1, 1], [1, 2]), Idx(LabelMagic, [3], [1, 2, 3]));
        Assert.Contains(
            "expected 2 labels", Assert.Throws<InvalidDataException>(() => IdxDataSet.Load(folder.Path, DataSplit.Test)).Message);
    }

    [Fact]
    public void Load_LabelOverNine_Throws()
    {
        using var folder = new TemporaryFolder();
        WriteTest(folder, Idx(ImageMagic, [2, 1, 1], [1, 2]), Idx(LabelMagic, [2], [1, 10]));
        Assert.Contains(
            "got 10 for image 1", Assert.Throws<InvalidDataException>(() => IdxDataSet.Load(folder.Path, DataSplit.Test)).Message);
    }

    [Fact]
    public void Load_MissingFiles_ThrowsNamingThem()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("train-images-idx3-ubyte", Assert.Throws<FileNotFoundException>(() => IdxDataSet.Load(folder.Path, DataSplit.Training)).Message);
        folder.Write("train-images-idx3-ubyte", Idx(ImageMagic, [1, 1, 1], [0]));
        Assert.Contains("train-labels-idx1-ubyte", Assert.Throws<FileNotFoundException>(() => IdxDataSet.Load(folder.Path, DataSplit.Training)).Message);
        Assert.Throws<DirectoryNotFoundException>(() => IdxDataSet.Load(folder.File("none"), DataSplit.Test));
    }

    [Fact]
    public void Load_RealImages_UsualSizesAndStatistics()
    {
        var folder = RealData.RequireFolder("mnist");
        var training = IdxDataSet.Load(folder, DataSplit.Training);
        var test = IdxDataSet.Load(folder, DataSplit.Test);
        Assert.Equal((28, 28), (training.Height, training.Width));
        if (!File.Exists(Path.Combine(folder, "train-images-idx3-ubyte.gz"))) Assert.Equal((8500, 1500), (training.Count, test.Count));
        var measured = Normalisation.Measure(training);
        Assert.Equal(Normalisation.Mnist.Mean[0], measured.Mean[0], 0.01f);
        Assert.Equal(Normalisation.Mnist.Deviation[0], measured.Deviation[0], 0.01f);
    }

    private static string WriteTest(TemporaryFolder folder, byte[] images, byte[] labels, bool packed = false)
    {
        Write(folder, "t10k-labels-idx1-ubyte", labels, packed);
        return Write(folder, "t10k-images-idx3-ubyte", images, packed);
    }

    private static string Write(TemporaryFolder folder, string name, byte[] bytes, bool packed) =>
        packed ? folder.Write(name + ".gz", Pack(bytes)) : folder.Write(name, bytes);

    private static byte[] Pack(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal)) gzip.Write(bytes);
        return packed.ToArray();
    }

    private static byte[] Idx(uint magic, uint[] sizes, byte[] bytes)
    {
        var header = new byte[4 + (4 * sizes.Length)];
        BinaryPrimitives.WriteUInt32BigEndian(header, magic);
        for (var i = 0; i < sizes.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4 + (4 * i)), sizes[i]);
        return [.. header, .. bytes];
    }
}
