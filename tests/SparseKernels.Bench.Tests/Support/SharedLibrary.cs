using System.Buffers.Binary;
using System.Text;

namespace SparseKernels.Bench.Tests.Support;

/// <summary>
/// A made-up ELF shared library that holds nothing but what symbol versions need: two symbols of another library, each of its own
/// version, and one relocation that uses the first.
/// </summary>
internal sealed class SharedLibrary
{
    public const string UsedVersion = "LIB_1.0";
    public const string UnusedVersion = "LIB_2.0";

    private readonly MemoryStream _file = new();
    private readonly List<(uint Type, int Offset, int Size, uint Link, uint Info)> _sections = [(0, 0, 0, 0, 0)];

    public SharedLibrary()
    {
        _file.Write(new byte[64]);
        var names = Names("used", "unused", "lib.so", UsedVersion, UnusedVersion);
        var strings = Add(3, names.Bytes);
        var symbols = Add(11, [.. new byte[24], .. Symbol(names.Offsets[0]), .. Symbol(names.Offsets[1])], link: strings);
        Add(0x6fffffff, [.. U16(0), .. U16(2), .. U16(3)], link: symbols);
        var needs = Add(
            0x6ffffffe,
            [
                .. U16(1), .. U16(2), .. U32(names.Offsets[2]), .. U32(16), .. U32(0),
                .. U32(0), .. U16(0), .. U16(2), .. U32(names.Offsets[3]), .. U32(16),
                .. U32(0), .. U16(0), .. U16(3), .. U32(names.Offsets[4]), .. U32(0),
            ],
            strings, info: 1);
        UnusedFlags = _sections[(int)needs].Offset + 16 + 16 + 4;
        Add(4, [.. new byte[8], .. U32(7), .. U32(1), .. new byte[8]], link: symbols);
        WriteHeaders();
        Bytes = _file.ToArray();
    }

    /// <summary>The file.</summary>
    public byte[] Bytes { get; }

    /// <summary>Where the flags of the need of <see cref="UnusedVersion"/> stand.</summary>
    public int UnusedFlags { get; }

    private uint Add(uint type, byte[] content, uint link = 0, uint info = 0)
    {
        _sections.Add((type, (int)_file.Position, content.Length, link, info));
        _file.Write(content);
        return (uint)_sections.Count - 1;
    }

    private void WriteHeaders()
    {
        var table = _file.Position;
        foreach (var (type, offset, size, link, info) in _sections)
        {
            _file.Write([.. U32(0), .. U32(type), .. new byte[16], .. U64((ulong)offset), .. U64((ulong)size), .. U32(link), .. U32(info), .. new byte[16]]);
        }

        _file.Position = 0;
        _file.Write([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]);
        _file.Position = 40;
        _file.Write(U64((ulong)table));
        _file.Position = 58;
        _file.Write([.. U16(64), .. U16((ushort)_sections.Count)]);
    }

    private static (byte[] Bytes, uint[] Offsets) Names(params string[] names)
    {
        var bytes = new List<byte> { 0 };
        var offsets = new List<uint>();
        foreach (var name in names)
        {
            offsets.Add((uint)bytes.Count);
            bytes.AddRange([.. Encoding.ASCII.GetBytes(name), 0]);
        }

        return ([.. bytes], [.. offsets]);
    }

    private static byte[] Symbol(uint name) => [.. U32(name), .. new byte[20]];

    private static byte[] U16(ushort value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] U64(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }
}
