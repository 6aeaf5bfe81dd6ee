using System.Buffers.Binary;
using System.Text;
using SparseKernels.Files;

namespace SparseKernels.Training.Files;

/// <summary>
/// A safetensors file as bytes, whatever its tensors' elements are: what is read is checked as a whole, what is written carries its checksum.
/// </summary>
internal static class SafetensorsBytes
{
    /// <summary>The format's own limit for the header, in bytes.</summary>
    private const int MaximumHeaderLength = 100_000_000;

    /// <summary>Reads a whole file and checks all of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="take">Gets each tensor and its elements, in the order of the data; what it got counts once this method returns.</param>
    /// <returns>The text that goes with them, without the checksum.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not as the format or its checksum demands; the message names the file.</exception>
    public static Dictionary<string, string> Read(string path, Action<SafetensorsHeader.Entry, byte[]> take)
    {
        RequireLittleEndian();
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        try
        {
            return Read(stream, take);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}' is not a whole safetensors file: {e.Message}", e);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException($"'{path}' is not a whole safetensors file: it ends too early.", e);
        }
    }

    /// <summary>Writes tensors to a file, which is replaced whole or not at all.</summary>
    /// <param name="path">The file, in a folder that exists.</param>
    /// <param name="tensors">The tensors, in file order.</param>
    /// <param name="metadata">Text to go with them.</param>
    /// <exception cref="IOException">Writing fails; a file that was there is as it was.</exception>
    public static void Save(string path, IReadOnlyList<TensorBytes> tensors, IReadOnlyDictionary<string, string> metadata) =>
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata));

    /// <summary>Writes tensors one behind the other.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="tensors">The tensors, in file order.</param>
    /// <param name="metadata">Text to go with them.</param>
    /// <exception cref="IOException">Writing fails.</exception>
    public static void Write(Stream stream, IReadOnlyList<TensorBytes> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        RequireLittleEndian();
        var (header, checksumAt) = SafetensorsHeader.Format(tensors, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        var checksum = Crc32C.Start();
        checksum.Add(length);
        checksum.Add(header);
        foreach (var tensor in tensors) checksum.Add(tensor.Values());
        FileChecksum.Write(checksum, header.AsSpan(checksumAt));
        stream.Write(length);
        stream.Write(header);
        foreach (var tensor in tensors) stream.Write(tensor.Values());
    }

    private static Dictionary<string, string> Read(FileStream stream, Action<SafetensorsHeader.Entry, byte[]> take)
    {
        Span<byte> word = stackalloc byte[8];
        stream.ReadExactly(word);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(word);
        if (headerLength > MaximumHeaderLength || (long)headerLength > stream.Length - 8)
            throw new InvalidDataException(
                $"expected a header of at most {Math.Min(MaximumHeaderLength, stream.Length - 8)} bytes, got {headerLength}.");
        var json = new byte[headerLength];
        stream.ReadExactly(json);

        var (entries, metadata, checksumAt) = SafetensorsHeader.Parse(json);
        entries.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long position = 0;
        foreach (var entry in entries)
        {
            if (entry.Begin != position)
                throw new InvalidDataException(
                    $"expected the data of '{entry.Name}' to begin at {position}, where those before it end, got {entry.Begin}.");
            position = entry.End;
        }

        var data = stream.Length - 8 - (long)headerLength;
        if (position != data) throw new InvalidDataException($"expected {position} bytes of data, got {data}.");
        var (checksum, stated) = (Crc32C.Start(), checksumAt is { } at ? TakeDigits(json.AsSpan(at)) : null);
        checksum.Add(word);
        checksum.Add(json);
        foreach (var entry in entries)
        {
            var content = new byte[entry.End - entry.Begin];
            stream.ReadExactly(content);
            if (stated is not null) checksum.Add(content);
            take(entry, content);
        }

        if (stated is null) return metadata;
        if (FileChecksum.Text(checksum) != stated)
            throw new InvalidDataException(
                $"it is damaged, or another tool changed it: its checksum is {stated}, that of its bytes {FileChecksum.Text(checksum)}.");
        metadata.Remove(FileChecksum.Key);
        metadata.Remove(FileChecksum.MarkerKey);
        return metadata;
    }

    /// <summary>Reads the digits of a checksum and leaves zeros, as it was computed with.</summary>
    private static string TakeDigits(Span<byte> digits)
    {
        var text = Encoding.Latin1.GetString(digits);
        digits.Fill((byte)'0');
        return text;
    }

    private static void RequireLittleEndian()
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("safetensors files are read and written on little-endian machines only.");
    }
}
