namespace SparseKernels.Training.Data;

/// <summary>
/// MNIST (LeCun et al. 1998), Fashion-MNIST (Xiao et al. 2017) and others of their form: grey images and labels 0 to 9 in IDX files.
/// </summary>
public sealed class IdxDataSet : ByteDataSet
{
    private const int ClassCount = 10;

    private IdxDataSet(string name, int height, int width, byte[] pixels, byte[] labels)
        : base(name, 1, height, width, ClassCount, pixels, labels)
    {
    }

    /// <summary>
    /// Reads <c>train-images-idx3-ubyte</c> and <c>train-labels-idx1-ubyte</c>, or <c>t10k-…</c> for the test images, each plain or
    /// with <c>.gz</c>. In a folder without the training files, the first 85 % of the <c>t10k</c> images are for training and the rest for
    /// testing.
    /// </summary>
    /// <param name="directory">The folder that holds them.</param>
    /// <param name="split">Which images.</param>
    /// <returns>The images, in file order.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is truncated, corrupt or of another kind, the counts differ, or a label is over 9.
    /// </exception>
    public static IdxDataSet Load(string directory, DataSplit split)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!Directory.Exists(directory)) throw new DirectoryNotFoundException($"There is no folder '{directory}'.");
        var onlyTest = Find(directory, "train-images-idx3-ubyte") is null && Find(directory, "t10k-images-idx3-ubyte") is not null;
        var prefix = split == DataSplit.Test || onlyTest ? "t10k" : "train";
        var imageFile = Require(directory, $"{prefix}-images-idx3-ubyte");
        var labelFile = Require(directory, $"{prefix}-labels-idx1-ubyte");

        var (sizes, pixels) = IdxFile.Read(imageFile, IdxFile.ImageMagic);
        var (labelSizes, labels) = IdxFile.Read(labelFile, IdxFile.LabelMagic);
        if (labelSizes[0] != sizes[0])
            throw new InvalidDataException(
                $"'{labelFile}': expected {sizes[0]} labels, one for each image of '{imageFile}', got {labelSizes[0]}.");
        var wrong = labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(ClassCount - 1));
        if (wrong >= 0)
            throw new InvalidDataException(
                $"'{labelFile}': expected labels from 0 to {ClassCount - 1}, got {labels[wrong]} for image {wrong}.");

        var name = split == DataSplit.Test ? "IDX test" : "IDX training";
        if (onlyTest) (pixels, labels) = Part(pixels, labels, sizes[1] * sizes[2], split, imageFile);
        return new IdxDataSet(name, sizes[1], sizes[2], pixels, labels);
    }

    private static (byte[] Pixels, byte[] Labels) Part(byte[] pixels, byte[] labels, int imageLength, DataSplit split, string file)
    {
        var training = (int)(labels.Length * 85L / 100);
        if (training == 0)
            throw new InvalidDataException(
                $"'{file}': expected at least 2 images to split them for training and test, got {labels.Length}.");
        return split == DataSplit.Training
            ? (pixels[..(training * imageLength)], labels[..training])
            : (pixels[(training * imageLength)..], labels[training..]);
    }

    private static string Require(string directory, string name) =>
        Find(directory, name) ?? throw new FileNotFoundException(
            $"'{directory}' has neither {name} nor {name}.gz.", Path.Combine(directory, name));

    private static string? Find(string directory, string name)
    {
        var plain = Path.Combine(directory, name);
        if (File.Exists(plain)) return plain;
        var packed = plain + ".gz";
        return File.Exists(packed) ? packed : null;
    }
}
