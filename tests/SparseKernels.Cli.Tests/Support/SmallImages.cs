using SparseKernels.TestSupport;

namespace SparseKernels.Cli.Tests.Support;

/// <summary>A CIFAR-10 folder small enough to train on in a moment: each class is a colour with noise.</summary>
internal static class SmallImages
{
    private const int ImageLength = 3 * 32 * 32;

    public static void WriteCifar10(TemporaryFolder folder, string name, int training, int test)
    {
        Directory.CreateDirectory(folder.File(name));
        folder.Write(Path.Combine(name, "data_batch_1.bin"), Records(training, seed: 1));
        folder.Write(Path.Combine(name, "test_batch.bin"), Records(test, seed: 2));
    }

    private static byte[] Records(int count, int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[count * (1 + ImageLength)];
        random.NextBytes(bytes);
        for (var i = 0; i < count; i++)
        {
            var record = bytes.AsSpan(i * (1 + ImageLength), 1 + ImageLength);
            record[0] = (byte)(i % 10);
            for (var j = 0; j < ImageLength; j++) record[1 + j] = (byte)((record[1 + j] / 4) + (20 * ((i + (j / 1024 * 3)) % 10)));
        }

        return bytes;
    }
}
