using System.Buffers.Binary;
using System.Text;
using SparseKernels.Training.Files;

namespace SparseKernels.Fuzz.Mutations;

/// <summary>
/// A safetensors file in parts, and together again with the right length and checksum: without them no change would get further than these.
/// </summary>
internal static class SafetensorsFrame
{
    private const int LengthBytes = 8;

    /// <summary>The header and the data of a file that is whole.</summary>
    public static (byte[] Header, byte[] Data) Split(byte[] file)
    {
        var end = LengthBytes + (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        return (file[LengthBytes..end], file[end..]);
    }

    /// <summary>A file of a header and data.</summary>
    public static byte[] Join(byte[] header, byte[] data)
    {
        var length = new byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        return [.. length, .. header, .. data];
    }

    /// <summary>Gives a file the checksum that its bytes have, if there is a place for it.</summary>
    public static byte[] Seal(byte[] file)
    {
        var place = file.AsSpan().IndexOf(Encoding.ASCII.GetBytes($"\"{FileChecksum.Key}\":\"{FileChecksum.Prefix}"));
        if (place < 0) return file;
        place += FileChecksum.Key.Length + FileChecksum.Prefix.Length + 4;
        if (place + FileChecksum.Digits > file.Length) return file;
        byte[] sealedFile = [.. file];
        var digits = sealedFile.AsSpan(place, FileChecksum.Digits);
        digits.Fill((byte)'0');
        var checksum = Crc32C.Start();
        checksum.Add(sealedFile);
        FileChecksum.Write(checksum, digits);
        return sealedFile;
    }
}
