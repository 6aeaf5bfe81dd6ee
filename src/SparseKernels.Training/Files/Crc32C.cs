using System.Buffers.Binary;
using System.Numerics;

namespace SparseKernels.Training.Files;

/// <summary>
/// The cyclic redundancy check CRC-32C (Castagnoli; RFC 3720, appendix B.4) of bytes as they come. Processors have an instruction for it:
/// eight bytes each three cycles, 4 to 7 GB/s measured on a shared AMD EPYC core (0.3 without it). It tells every single flipped bit,
/// whatever the length, and every run of damage up to 32 bits.
/// </summary>
internal struct Crc32C
{
    private uint _inverted;

    /// <summary>The check of all bytes so far.</summary>
    public readonly uint Value => _inverted ^ uint.MaxValue;

    /// <summary>The check before the first byte.</summary>
    public static Crc32C Start() => new() { _inverted = uint.MaxValue };

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        var crc = _inverted;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var value in bytes) crc = BitOperations.Crc32C(crc, value);
        _inverted = crc;
    }
}
