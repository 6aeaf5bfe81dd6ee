using System.Buffers.Binary;
using System.Text;

namespace SparseKernels.Bench.Peer;

/// <summary>
/// Edits the table in which an ELF shared library names the versions it needs of other libraries (<c>.gnu.version_r</c>).
/// A need marked weak lets the loader go on where the version is missing. 64-bit little-endian files only.
/// </summary>
/// <remarks>
/// Layouts: System V gABI (section header 64 bytes, symbol 24, Elf64_Rela 24) and the LSB's symbol versioning (Verneed and Vernaux 16).
/// </remarks>
internal static class ElfVersionNeeds
{
    private const uint Rela = 4, DynamicSymbols = 11, VersionNeeds = 0x6ffffffe, VersionOfSymbol = 0x6fffffff;
    private const ushort WeakFlag = 2;

    /// <summary>Marks the need of one version weak.</summary>
    /// <param name="library">The whole file, changed in place.</param>
    /// <param name="version">The version's name, as <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>Whether the file changed: false where the need is weak already or no such need exists.</returns>
    /// <exception cref="BadImageFormatException">The bytes are no 64-bit little-endian ELF file with the tables this needs.</exception>
    /// <exception cref="InvalidOperationException">
    /// A relocation uses a symbol of that version, so that the library can't do without it.
    /// </exception>
    public static bool MarkWeak(Span<byte> library, string version)
    {
        if (library.Length < 64 || !library[..6].SequenceEqual(new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1 }))
            throw new BadImageFormatException("expected a 64-bit little-endian ELF file.");
        try
        {
            var sections = Sections(library);
            var needs = Only(sections, VersionNeeds, ".gnu.version_r");
            var entry = Find(library, needs, sections[(int)needs.Link], version);
            if (entry < 0) return false;
            var flags = library[(entry + 4)..];
            if ((U16(flags) & WeakFlag) != 0) return false;
            ThrowIfUsed(library, sections, U16(library[(entry + 6)..]), version);
            BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(U16(flags) | WeakFlag));
            return true;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException or IndexOutOfRangeException)
        {
            throw new BadImageFormatException("the ELF file's tables point outside the file.", e);
        }
    }

    /// <summary>The offset of the Vernaux entry of a version, −1 if the file has none.</summary>
    private static int Find(ReadOnlySpan<byte> file, Section needs, Section names, string version)
    {
        var need = needs.Offset;
        for (var i = 0u; i < needs.Info; i++)
        {
            var aux = checked(need + (int)U32(file[(need + 8)..]));
            for (var left = U16(file[(need + 2)..]); left > 0; left--)
            {
                if (Name(file, names, U32(file[(aux + 8)..])) == version) return aux;
                aux = checked(aux + (int)U32(file[(aux + 12)..]));
            }

            need = checked(need + (int)U32(file[(need + 12)..]));
        }

        return -1;
    }

    private static void ThrowIfUsed(ReadOnlySpan<byte> file, Section[] sections, ushort versionIndex, string version)
    {
        var versions = Only(sections, VersionOfSymbol, ".gnu.version");
        var symbols = Only(sections, DynamicSymbols, ".dynsym");
        foreach (var section in sections)
        {
            if (section.Type != Rela) continue;
            for (var at = section.Offset; at < section.Offset + section.Size; at += 24)
            {
                var symbol = checked((int)U32(file[(at + 12)..]));
                if (symbol == 0 || (U16(file[checked(versions.Offset + 2 * symbol)..]) & 0x7fff) != versionIndex) continue;
                var name = Name(file, sections[(int)symbols.Link], U32(file[checked(symbols.Offset + 24 * symbol)..]));
                throw new InvalidOperationException($"the library uses {name} of {version}, so that version can't be missing.");
            }
        }
    }

    private static Section[] Sections(ReadOnlySpan<byte> file)
    {
        var first = checked((int)U64(file[40..]));
        var size = U16(file[58..]);
        var sections = new Section[U16(file[60..])];
        for (var i = 0; i < sections.Length; i++)
        {
            var header = file[checked(first + i * size)..];
            // A section without bytes in the file (.bss) may claim any place and size; nothing here reads one.
            sections[i] = U32(header[4..]) is var type && type is Rela or DynamicSymbols or VersionNeeds or VersionOfSymbol or 3
                ? new Section(type, checked((int)U64(header[24..])), checked((int)U64(header[32..])), U32(header[40..]), U32(header[44..]))
                : default;
        }

        return sections;
    }

    private static Section Only(Section[] sections, uint type, string name)
    {
        foreach (var section in sections)
        {
            if (section.Type == type) return section;
        }

        throw new BadImageFormatException($"the ELF file has no section {name}.");
    }

    private static string Name(ReadOnlySpan<byte> file, Section names, uint offset)
    {
        var text = file.Slice(names.Offset, names.Size)[checked((int)offset)..];
        return Encoding.ASCII.GetString(text[..text.IndexOf((byte)0)]);
    }

    private static ushort U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static ulong U64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private readonly record struct Section(uint Type, int Offset, int Size, uint Link, uint Info);
}
