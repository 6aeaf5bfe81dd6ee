using System.Buffers.Binary;
using System.IO.Compression;

namespace SparseKernels.Training.Data;

/// <summary>
/// A file of unsigned bytes in the IDX format (LeCun, MNIST): a big-endian magic number 0x000008dd with dd dimensions, their sizes,
/// the bytes. Names that end in <c>.gz</c> are unpacked while reading.
/// </summary>
internal static class IdxFile
{
    /// <summary>The magic number of labels: bytes in one dimension.</summary>
    public const uint LabelMagic = 0x0801;

    /// <summary>The magic number of images: bytes in three dimensions.</summary>
    public const uint ImageMagic = 0x0803;

    /// <summary>Deflate never packs more than this many bytes in one, so a header that promises more is wrong.</summary>
    private const long MaximumDeflateRatio = 1032;

    private static readonly byte[] s_gzipMagic = [0x1F, 0x8B];

    /// <summary>Reads a whole file.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="magic">The magic number it must have.</param>
    /// <returns>The size of each dimension and the bytes.</returns>
    /// <exception cref="InvalidDataException">The magic number, a size or the length is wrong, or the packed data are corrupt.</exception>
    public static (int[] Sizes, byte[] Bytes) Read(string file, uint magic)
    {
        try
        {
            using var stream = File.OpenRead(file);
            if (!file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
                return Read(stream, stream.Length, exactLength: true, file, magic);
            var most = stream.Length * MaximumDeflateRatio;
            RequireGzip(stream, file);
            using var closed = new EndedStream(stream);
            using var unpacked = new GZipStream(closed, CompressionMode.Decompress);
            return Read(unpacked, most, exactLength: false, file, magic);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException($"'{file}': the file ends before the data its header promises.", e);
        }
        catch (InvalidDataException e) when (!e.Message.Contains(file, StringComparison.Ordinal))
        {
            // The decoder's own words speak of a method of compression, whatever is wrong.
            throw new InvalidDataException($"'{file}': the packed data are corrupt or end too early.", e);
        }
    }

    private static (int[] Sizes, byte[] Bytes) Read(Stream stream, long available, bool exactLength, string file, uint magic)
    {
        Span<byte> word = stackalloc byte[4];
        stream.ReadExactly(word);
        var found = BinaryPrimitives.ReadUInt32BigEndian(word);
        if (found != magic) throw new InvalidDataException($"'{file}': expected magic number {magic}, got {found}.");

        var sizes = new int[magic & 0xFF];
        long length = 1;
        for (var i = 0; i < sizes.Length; i++)
        {
            stream.ReadExactly(word);
            var size = BinaryPrimitives.ReadUInt32BigEndian(word);
            if (size is 0 or > int.MaxValue || (length *= size) > Array.MaxLength)
                throw new InvalidDataException(
                    $"'{file}': expected at least 1 and in all at most {Array.MaxLength} elements, got size {size} in dimension {i}.");
            sizes[i] = (int)size;
        }

        var total = 4 + (4L * sizes.Length) + length;
        if (exactLength ? total != available : total > available)
            throw new InvalidDataException(
                $"'{file}': expected {total} bytes for sizes {string.Join('×', sizes)}, got {(exactLength ? "" : "at most ")}{available}.");
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        if (!exactLength && stream.ReadByte() != EndedStream.Mark)
            throw new InvalidDataException(
                $"'{file}': expected {total} bytes for sizes {string.Join('×', sizes)}, got more, or the packed data end too early.");
        if (stream.ReadByte() >= 0)
            throw new InvalidDataException($"'{file}': expected {total} bytes for sizes {string.Join('×', sizes)}, got more.");
        return (sizes, bytes);
    }

    private static void RequireGzip(Stream stream, string file)
    {
        Span<byte> first = stackalloc byte[2];
        var count = stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        if (count < first.Length || !first.SequenceEqual(s_gzipMagic))
            throw new InvalidDataException(
                $"'{file}' is no gzip file: expected it to begin with bytes {Convert.ToHexStringLower(s_gzipMagic)}, got {(count == 0 ? "none" : Convert.ToHexStringLower(first[..count]))}.");
        stream.Position = 0;
    }
}
