using System.Buffers.Binary;
using System.IO.Compression;

namespace SparseKernels.Images.Tests.Support;

/// <summary>Writes PNG files of every kind, so that it is known to the bit what is in them (ISO/IEC 15948).</summary>
internal static class PngFile
{
    public const byte Grey = 0;
    public const byte Colour = 2;
    public const byte Palette = 3;
    public const byte GreyAlpha = 4;
    public const byte ColourAlpha = 6;

    /// <summary>A file; each row's samples as they are stored, chunks before them.</summary>
    public static byte[] Make(int width, byte bits, byte kind, byte[][] rows, params (string Name, byte[] Data)[] chunks)
    {
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        var head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), rows.Length);
        (head[8], head[9]) = (bits, kind);
        Chunk(file, "IHDR", head);
        foreach (var (name, data) in chunks) Chunk(file, name, data);
        using var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            foreach (var row in rows)
            {
                deflate.WriteByte(0);
                deflate.Write(row);
            }
        }

        Chunk(file, "IDAT", packed.ToArray());
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    /// <summary>A colour file of 8 bits: red, green and blue at (x, y).</summary>
    public static byte[] OfColours(int width, int height, Func<int, int, (int R, int G, int B)> pixel) => Make(
        width, 8, Colour, [.. Enumerable.Range(0, height).Select(y => Enumerable.Range(0, width).SelectMany(x => Bytes(pixel(x, y))).ToArray())]);

    /// <summary>The checksum of a chunk's name and data.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }

        return ~crc;
    }

    private static byte[] Bytes((int R, int G, int B) pixel) => [(byte)pixel.R, (byte)pixel.G, (byte)pixel.B];

    private static void Chunk(Stream file, string name, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        byte[] content = [.. name.Select(letter => (byte)letter), .. data];
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(content));
        file.Write(number);
    }
}
