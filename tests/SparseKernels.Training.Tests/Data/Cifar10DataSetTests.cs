using SparseKernels.TestSupport;
using SparseKernels.Training.Data;
using Xunit;

namespace SparseKernels.Training.Tests.Data;

public class Cifar10DataSetTests
{
    private const int RecordLength = 3073;

    [Fact]
    public void Load_TwoBatches_ReadsRecordsInFileOrder()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data_batch_1.bin", [.. Record(3, 10), .. Record(9, 20)]);
        folder.Write("data_batch_4.bin", Record(0, 30));
        var data = Cifar10DataSet.Load(folder.Path, DataSplit.Training);

        Assert.Equal((3, 3, 32, 32, 10), (data.Count, data.Channels, data.Height, data.Width, data.Classes));
        Assert.Equal([3, 9, 0], Enumerable.Range(0, 3).Select(data.Label));
        var image = new float[3072];
        data.CopyImage(1, image);
        for (var i = 0; i < image.Length; i++) Assert.Equal((byte)(20 + i) / 255f, image[i], 1e-7f);
    }

    [Fact]
    public void Load_TestSplit_ReadsTestBatchAlone()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data_batch_1.bin", Record(1, 0));
        folder.Write("test_batch.bin", [.. Record(2, 0), .. Record(4, 0)]);
        Assert.Equal(2, Cifar10DataSet.Load(folder.Path, DataSplit.Test).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(RecordLength - 1)]
    [InlineData(RecordLength + 1)]
    public void Load_PartialRecord_ThrowsNamingFileAndLength(int length)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("test_batch.bin", new byte[length]);
        var e = Assert.Throws<InvalidDataException>(() => Cifar10DataSet.Load(folder.Path, DataSplit.Test));
        Assert.Contains(file, e.Message);
        Assert.Contains($"got {length} bytes", e.Message);
    }

    [Fact]
    public void Load_LabelOverNine_ThrowsNamingRecord()
    {
        using var folder = new TemporaryFolder();
        folder.Write("test_batch.bin", [.. Record(9, 0), .. Record(10, 0)]);
        var e = Assert.Throws<InvalidDataException>(() => Cifar10DataSet.Load(folder.Path, DataSplit.Test));
        Assert.Contains("record 1, got 10", e.Message);
    }

    [Fact]
    public void Load_NoFiles_ThrowsNamingThem()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "data_batch_5.bin", Assert.Throws<FileNotFoundException>(() => Cifar10DataSet.Load(folder.Path, DataSplit.Training)).Message);
        Assert.Throws<DirectoryNotFoundException>(() => Cifar10DataSet.Load(folder.File("none"), DataSplit.Training));
    }

    [Fact]
    public void CopyImage_WrongIndexOrLength_Throws()
    {
        using var folder = new TemporaryFolder();
        folder.Write("test_batch.bin", Record(1, 0));
        var data = Cifar10DataSet.Load(folder.Path, DataSplit.Test);
        Assert.Throws<ArgumentOutOfRangeException>("index", () => data.CopyImage(1, new float[3072]));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => data.Label(-1));
        Assert.Throws<ArgumentException>("chw", () => data.CopyImage(0, new float[3071]));
    }

    [Fact]
    public void Load_RealImages_BalancedClassesAndUsualStatistics()
    {
        var folder = RealData.RequireFolder("cifar-10-batches-bin");
        var data = Cifar10DataSet.Load(folder, DataSplit.Training);
        Assert.True(data.Count >= 10_000);
        var counts = new int[10];
        for (var i = 0; i < data.Count; i++) counts[data.Label(i)]++;
        Assert.All(counts, count => Assert.InRange(count, data.Count * 0.08, data.Count * 0.12));
        var measured = Normalisation.Measure(data, limit: 2000);
        for (var c = 0; c < 3; c++)
        {
            Assert.Equal(Normalisation.Cifar10.Mean[c], measured.Mean[c], 0.02f);
            Assert.Equal(Normalisation.Cifar10.Deviation[c], measured.Deviation[c], 0.02f);
        }
    }

    private static byte[] Record(byte label, int firstPixel)
    {
        var record = new byte[RecordLength];
        record[0] = label;
        for (var i = 0; i < RecordLength - 1; i++) record[i + 1] = (byte)(firstPixel + i);
        return record;
    }
}
