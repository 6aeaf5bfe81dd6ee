using SparseKernels.Images.Decoding;

namespace SparseKernels.Images.Preparing;

/// <summary>What a thread that reads single pictures uses again for the next.</summary>
internal sealed class ReadingMemory
{
    [ThreadStatic]
    private static ReadingMemory? s_own;

    private byte[] _pixels = [];
    private Picture? _cut;

    private ReadingMemory() => Pixels = PixelsFor;

    /// <summary>The calling thread's own.</summary>
    public static ReadingMemory OfThread => s_own ??= new ReadingMemory();

    /// <summary>An array of so many bytes or more, for one picture at a time; of pictures over <see cref="NativePixels.MostKept"/> a new one.</summary>
    public Func<int, byte[]> Pixels { get; }

    /// <summary>A picture of <paramref name="size"/>×<paramref name="size"/> pixels, for one at a time.</summary>
    public Picture Cut(int size) => _cut is { } cut && cut.Width == size ? cut : _cut = new Picture(size, size, new byte[size * size * Picture.Channels]);

    private byte[] PixelsFor(int length)
    {
        if (length > NativePixels.MostKept) return new byte[length];
        if (_pixels.Length < length) _pixels = new byte[length];
        return _pixels;
    }
}
