using System.Globalization;
using SkiaSharp;

namespace SparseKernels.Images.Decoding;

/// <summary>
/// Reads JPEG (grey, colour, CMYK, YCCK), PNG, BMP, GIF (the first frame) and WebP by Skia, and turns them upright as their EXIF data say.
/// Colours are the file's own numbers, as in torchvision: no colour profile is applied, and alpha is dropped, not blended. Of 16 bits a
/// channel the upper 8 count. A file that ends early or is damaged is refused: no pixels of it are given.
/// </summary>
internal static class PictureDecoder
{
    /// <summary>Pixels of a picture at most: more are taken for an attack, as in PIL.</summary>
    public const int MostPixels = 178_956_970;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The picture.</returns>
    /// <exception cref="InvalidDataException">It is no picture, damaged, cut off or too large; the message names the file.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static Picture Read(string path)
    {
        try
        {
            return Decode(File.ReadAllBytes(path));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}' {e.Message}", e);
        }
    }

    /// <summary>Decodes a file's bytes.</summary>
    /// <param name="file">The bytes.</param>
    /// <param name="most">Pixels that it may have; memory for more is never taken.</param>
    /// <param name="memory">Gives the array for so many bytes, or a longer one; a new one where null.</param>
    /// <returns>The picture.</returns>
    /// <exception cref="InvalidDataException">They are no picture, damaged, cut off or too large: <c>is empty.</c></exception>
    public static unsafe Picture Decode(ReadOnlySpan<byte> file, int most = MostPixels, Func<int, byte[]>? memory = null)
    {
        if (file.IsEmpty) throw new InvalidDataException("is empty.");
        fixed (byte* start = file)
        {
            using var data = SKData.Create((nint)start, file.Length);
            using var codec = SKCodec.Create(data) ?? throw new InvalidDataException("is no picture: expected JPEG, PNG, BMP, GIF or WebP.");
            return Decode(codec, file.Length, most, memory);
        }
    }

    private static unsafe Picture Decode(SKCodec codec, int bytes, int most, Func<int, byte[]>? memory)
    {
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if (width < 1 || height < 1 || (long)width * height > most)
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture, $"has {width}x{height} pixels: expected 1 to {most}."));
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
        using var decoded = new NativePixels((nuint)info.BytesSize64);
        var result = codec.GetPixels(info, (nint)decoded.Pointer);
        if (result == SKCodecResult.IncompleteInput) throw new InvalidDataException($"ends too early, after {bytes} bytes.");
        if (result != SKCodecResult.Success) throw new InvalidDataException($"is damaged: {result}.");
        var length = width * height * Picture.Channels;
        var pixels = memory?.Invoke(length) ?? new byte[length];
        return Upright.From(new ReadOnlySpan<uint>(decoded.Pointer, width * height), width, height, codec.EncodedOrigin, pixels);
    }
}
