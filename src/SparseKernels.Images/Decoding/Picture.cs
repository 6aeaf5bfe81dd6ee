namespace SparseKernels.Images.Decoding;

/// <summary>A picture in memory, upright, without transparency.</summary>
/// <param name="width">Pixels of a row; 1 or more.</param>
/// <param name="height">Rows; 1 or more.</param>
/// <param name="pixels"><c>[height, width, 3]</c>: red, green and blue, 0 to 255. The array itself is kept; it may be longer.</param>
internal sealed class Picture(int width, int height, byte[] pixels)
{
    /// <summary>Red, green and blue.</summary>
    public const int Channels = 3;

    public int Width { get; } = width;

    public int Height { get; } = height;

    /// <summary><c>[height, width, 3]</c>.</summary>
    public byte[] Pixels { get; } = pixels;

    public int ShorterSide => Math.Min(Width, Height);

    /// <summary>A row's bytes.</summary>
    public ReadOnlySpan<byte> Row(int y) => Pixels.AsSpan(y * Width * Channels, Width * Channels);
}
