using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SparseKernels.Training.Files;

/// <summary>The element types of safetensors: which are read as floats, which are kept as bytes, and which have no place here.</summary>
internal static class ElementTypes
{
    /// <summary>32-bit floats.</summary>
    public const string Float32 = "F32";

    /// <summary>Unsigned bytes.</summary>
    public const string Byte = "U8";

    private const string Float64 = "F64", Float16 = "F16", BrainFloat16 = "BF16";

    private static readonly Dictionary<string, int> s_sizes = new()
    {
        [Float64] = 8,
        [Float32] = 4,
        [Float16] = 2,
        [BrainFloat16] = 2,
        ["I64"] = 8,
        ["I32"] = 4,
        ["I16"] = 2,
        ["I8"] = 1,
        ["U64"] = 8,
        ["U32"] = 4,
        ["U16"] = 2,
        [Byte] = 1,
        ["BOOL"] = 1,
    };

    /// <summary>Every type that a file may hold, for messages.</summary>
    public static string Known => string.Join(", ", s_sizes.Keys);

    /// <summary>Bytes of an element; null for a type that is not known.</summary>
    public static int? SizeOf(string? type) => type is not null && s_sizes.TryGetValue(type, out var size) ? size : null;

    /// <summary>Whether elements are read as floats.</summary>
    public static bool AreFloats(string type) => type is Float32 or Float64 or Float16 or BrainFloat16;

    /// <summary>Reads little-endian elements of a type for which <see cref="AreFloats"/> says yes.</summary>
    public static void ReadFloats(string type, ReadOnlySpan<byte> bytes, Span<float> values)
    {
        switch (type)
        {
            case Float32:
                bytes.CopyTo(MemoryMarshal.AsBytes(values));
                break;
            case Float64:
                for (var i = 0; i < values.Length; i++) values[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]);
                break;
            case Float16:
                for (var i = 0; i < values.Length; i++) values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]);
                break;
            default:
                // The upper half of a 32-bit float.
                for (var i = 0; i < values.Length; i++)
                    values[i] = BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) << 16);
                break;
        }
    }
}
