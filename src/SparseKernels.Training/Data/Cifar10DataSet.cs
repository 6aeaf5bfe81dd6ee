namespace SparseKernels.Training.Data;

/// <summary>
/// CIFAR-10 (Krizhevsky 2009), the binary version: files of records with one label byte and 3,072 bytes of red, green and blue planes.
/// </summary>
public sealed class Cifar10DataSet : ByteDataSet
{
    private const int ImageLength = 3 * 32 * 32;
    private const int RecordLength = 1 + ImageLength;
    private const int ClassCount = 10;

    private Cifar10DataSet(string name, byte[] pixels, byte[] labels)
        : base(name, 3, 32, 32, ClassCount, pixels, labels)
    {
    }

    /// <summary>Reads <c>test_batch.bin</c>, or those of <c>data_batch_1.bin</c> to <c>data_batch_5.bin</c> that exist.</summary>
    /// <param name="directory">The folder that holds them.</param>
    /// <param name="split">Which images.</param>
    /// <returns>The images, in file order.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">None of the split's files is in it.</exception>
    /// <exception cref="InvalidDataException">A file's length is not a whole number of records, or a label is over 9.</exception>
    public static Cifar10DataSet Load(string directory, DataSplit split)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!Directory.Exists(directory)) throw new DirectoryNotFoundException($"There is no folder '{directory}'.");
        string[] wanted = split == DataSplit.Test ? ["test_batch.bin"] : [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")];
        var files = wanted.Select(name => Path.Combine(directory, name)).Where(File.Exists).ToArray();
        if (files.Length == 0)
            throw new FileNotFoundException(
                $"'{directory}' has none of the CIFAR-10 files {string.Join(", ", wanted)}.", Path.Combine(directory, wanted[0]));

        var records = files.Sum(Records);
        if (records * ImageLength > Array.MaxLength)
            throw new InvalidDataException(
                $"'{directory}' holds {records} images; at most {Array.MaxLength / ImageLength} fit in memory as one data set.");
        var pixels = new byte[records * ImageLength];
        var labels = new byte[records];
        var image = 0;
        foreach (var file in files) image = Read(file, pixels, labels, image);
        return new Cifar10DataSet(split == DataSplit.Test ? "CIFAR-10 test" : "CIFAR-10 training", pixels, labels);
    }

    private static long Records(string file)
    {
        var length = new FileInfo(file).Length;
        if (length == 0 || length % RecordLength != 0)
            throw new InvalidDataException($"'{file}': expected a whole number of {RecordLength}-byte records, got {length} bytes.");
        return length / RecordLength;
    }

    private static int Read(string file, byte[] pixels, byte[] labels, int image)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20);
        var records = Records(file);
        for (var record = 0; record < records; record++, image++)
        {
            var label = stream.ReadByte();
            if (label is < 0 or >= ClassCount)
                throw new InvalidDataException($"'{file}': expected a label from 0 to {ClassCount - 1} in record {record}, got {label}.");
            labels[image] = (byte)label;
            try
            {
                stream.ReadExactly(pixels, image * ImageLength, ImageLength);
            }
            catch (EndOfStreamException e)
            {
                throw new InvalidDataException($"'{file}': expected {records} records, the file ended in record {record}.", e);
            }
        }

        return image;
    }
}
