using System.Buffers.Binary;
using SparseKernels.Images.Tests.Support;

namespace SparseKernels.Fuzz.Mutations;

/// <summary>Puts the checksums of a changed PNG file right, without which no change would get further than these (ISO/IEC 15948).</summary>
internal static class PngChunks
{
    private const int NameBytes = 4, Beside = 12;

    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The file with the checksums that its chunks have, as far as their lengths make sense; other files as they are.</summary>
    public static byte[] Seal(byte[] file)
    {
        if (!file.AsSpan().StartsWith(Signature)) return file;
        byte[] sealedFile = [.. file];
        for (var rest = sealedFile.AsSpan(Signature.Length); rest.Length >= Beside;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - Beside) break;
            var content = rest.Slice(NameBytes, NameBytes + (int)length);
            BinaryPrimitives.WriteUInt32BigEndian(rest[(NameBytes + content.Length)..], PngFile.Crc(content));
            rest = rest[(Beside + (int)length)..];
        }

        return sealedFile;
    }
}
