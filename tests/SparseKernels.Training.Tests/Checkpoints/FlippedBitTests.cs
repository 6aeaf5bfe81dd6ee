using System.Text;
using SparseKernels.TestSupport;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Checkpoints;

/// <summary>Files that the library wrote, with one bit changed: none passes for whole, wherever the bit is.</summary>
public class FlippedBitTests
{
    private const int Flips = 10_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_WeightsWithAnyFlippedBit_ThrowsNamingTheFile(bool dense)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        SmallCheckpoint.Make().Save(path, dense);
        Flip(path, path, () => WeightsFile.Read(path));
    }

    [Fact]
    public void Load_StateWithAnyFlippedBit_ThrowsNamingTheFile()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        SmallCheckpoint.Make().Save(path);
        Flip(Checkpoint.StatePath(path), Checkpoint.StatePath(path), () => Checkpoint.Load(path));
    }

    [Theory]
    [InlineData("\"checksum\"", "\"checksun\"", "has-checksum says that there is a checksum, but there is none")]
    [InlineData("\"crc32c:", "\"crc32b:", "has-checksum says that there is a checksum, but there is none")]
    [InlineData("\"has-checksum\"", "\"has-chocksum\"", "it is damaged, or another tool changed it")]
    [InlineData("\"has-checksum\":\"crc32c\"", "\"has-checksum\":\"crc33c\"", "it is damaged, or another tool changed it")]
    [InlineData("\"step\":\"5\"", "\"step\":\"4\"", "it is damaged, or another tool changed it")]
    [InlineData("}} ", "}}\t", "it is damaged, or another tool changed it")]
    public void Read_ChangedHeader_ThrowsSayingWhat(string right, string wrong, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        new Checkpoint(new TrainingProgress(0, 0, 5, 0), [new NamedTensor("w", [1], [1])], [], new Dictionary<string, string>()).Save(path);
        var file = Encoding.Latin1.GetString(File.ReadAllBytes(path));
        Assert.Contains(right, file, StringComparison.Ordinal);
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(file.Replace(right, wrong, StringComparison.Ordinal)));
        var message = Assert.Throws<InvalidDataException>(() => WeightsFile.Read(path)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains(path, message, StringComparison.Ordinal);
    }

    private static void Flip(string path, string named, Action read)
    {
        read();
        var whole = File.ReadAllBytes(path);
        var random = new Random((int)TestSeed.Value);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        for (var i = 0; i < TestScale.Cases(Flips); i++)
        {
            var bit = random.Next(8 * whole.Length);
            Put(bit / 8, (byte)(whole[bit / 8] ^ (1 << (bit % 8))));
            var thrown = Record.Exception(read);
            Assert.True(
                thrown is InvalidDataException && thrown.Message.Contains(named, StringComparison.Ordinal),
                $"bit {bit % 8} of byte {bit / 8} of {whole.Length} flipped: {thrown?.ToString() ?? "read as if whole"}; {TestSeed.Variable}={TestSeed.Value}");
            Put(bit / 8, whole[bit / 8]);
        }

        void Put(int at, byte value)
        {
            stream.Position = at;
            stream.WriteByte(value);
        }
    }
}
