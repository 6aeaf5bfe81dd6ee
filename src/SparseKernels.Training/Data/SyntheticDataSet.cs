using SparseKernels.Training.Randomness;

namespace SparseKernels.Training.Data;

/// <summary>
/// Images made on the spot, so that training works with nothing downloaded: 32×32 colour pictures of ten shapes at random position,
/// size, rotation and colour, on a darker coloured gradient, with clutter under and over them and noise. Pixel values say little by
/// themselves: a linear classifier stays below 20 % where a convolutional network learns the shapes.
/// </summary>
public sealed class SyntheticDataSet : ByteDataSet
{
    private const int ImageLength = 3 * SyntheticImage.Size * SyntheticImage.Size;

    private SyntheticDataSet(string name, byte[] pixels, byte[] labels)
        : base(name, 3, SyntheticImage.Size, SyntheticImage.Size, ShapeDistance.Names.Length, pixels, labels)
    {
    }

    /// <summary>What each class shows.</summary>
    public static IReadOnlyList<string> ClassNames => ShapeDistance.Names;

    /// <summary>Makes images. Image i depends on (seed, split, i) alone and shows shape i mod 10.</summary>
    /// <param name="split">Training and test images are drawn independently.</param>
    /// <param name="count">How many; 1 or more.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>The images, in memory.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="count"/> is under 1 or the images wouldn't fit in one array.
    /// </exception>
    public static SyntheticDataSet Create(DataSplit split, int count, ulong seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Array.MaxLength / ImageLength);
        var stream = split == DataSplit.Test ? RandomStreams.SyntheticTest : RandomStreams.SyntheticTraining;
        var pixels = new byte[count * ImageLength];
        var labels = new byte[count];
        Parallel.For(0, count, i =>
        {
            var random = new RandomSource(seed, stream, (ulong)i);
            labels[i] = (byte)(i % ShapeDistance.Names.Length);
            SyntheticImage.Paint(labels[i], ref random, pixels.AsSpan(i * ImageLength, ImageLength));
        });
        return new SyntheticDataSet(split == DataSplit.Test ? "synthetic test" : "synthetic training", pixels, labels);
    }
}
