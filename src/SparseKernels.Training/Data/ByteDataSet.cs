namespace SparseKernels.Training.Data;

/// <summary>Images held in memory with one byte per channel and pixel.</summary>
public abstract class ByteDataSet : IDataSet
{
    private readonly byte[] _pixels;
    private readonly byte[] _labels;

    private protected ByteDataSet(string name, int channels, int height, int width, int classes, byte[] pixels, byte[] labels)
    {
        (Name, Channels, Height, Width, Classes) = (name, channels, height, width, classes);
        (_pixels, _labels) = (pixels, labels);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count => _labels.Length;

    /// <inheritdoc/>
    public int Channels { get; }

    /// <inheritdoc/>
    public int Height { get; }

    /// <inheritdoc/>
    public int Width { get; }

    /// <inheritdoc/>
    public int Classes { get; }

    /// <inheritdoc/>
    public int Label(int index)
    {
        CheckIndex(index);
        return _labels[index];
    }

    /// <inheritdoc/>
    public void CopyImage(int index, Span<float> chw)
    {
        var bytes = Pixels(index);
        if (chw.Length != bytes.Length)
            throw new ArgumentException(
                $"chw must have {bytes.Length} elements for [{Channels}, {Height}, {Width}], got {chw.Length}.", nameof(chw));
        for (var i = 0; i < bytes.Length; i++) chw[i] = bytes[i] * (1f / 255);
    }

    /// <summary>An image as it is stored.</summary>
    /// <param name="index">0 to Count − 1.</param>
    /// <returns><c>[C, H, W]</c>, 0 to 255.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ReadOnlySpan<byte> Pixels(int index)
    {
        CheckIndex(index);
        var length = Channels * Height * Width;
        return _pixels.AsSpan(index * length, length);
    }

    private void CheckIndex(int index)
    {
        if ((uint)index >= (uint)Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"{Name} has images 0 to {Count - 1}.");
    }
}
