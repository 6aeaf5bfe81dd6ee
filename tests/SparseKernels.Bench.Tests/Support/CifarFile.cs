namespace SparseKernels.Bench.Tests.Support;

/// <summary>Files of the sizes and format of CIFAR-10's, of random pixels.</summary>
internal static class CifarFile
{
    private const int RecordLength = 1 + (3 * 32 * 32);

    public static void Write(string path, int images)
    {
        var random = new Random(3);
        using var file = File.Create(path);
        for (var image = 0; image < images; image++)
        {
            var record = new byte[RecordLength];
            random.NextBytes(record);
            record[0] = (byte)(image % 10);
            file.Write(record);
        }
    }
}
