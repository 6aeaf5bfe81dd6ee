using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using SparseKernels.Files;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Files;

/// <summary>
/// Named tensors in the safetensors format (Hugging Face): the header's length as 8 little-endian bytes, a JSON header with each tensor's
/// type, shape and place, then the elements. Floats of 64 and 16 bits (F64, F16, BF16) are read as floats of 32, bytes (U8) as they are;
/// other integers, such as the I64 counters of PyTorch's batch normalisation, have no place here and are left out. What is written carries
/// a checksum over header and data in its metadata, and is refused when a bit of it has changed; files without one are read as they are.
/// </summary>
public sealed class SafetensorsFile
{
    /// <summary>The format's own limit for the header, in bytes.</summary>
    internal const int MaximumHeaderLength = 100_000_000;

    /// <summary>Gathers what a file of floats holds.</summary>
    /// <param name="tensors">The tensors, in file order.</param>
    /// <param name="metadata">Text to go with them.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A name is reserved or there twice, or a shape doesn't fit its values.</exception>
    public SafetensorsFile(IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string> metadata)
        : this(tensors, [], metadata)
    {
    }

    /// <summary>Gathers what a file holds.</summary>
    /// <param name="tensors">The tensors of floats, in file order.</param>
    /// <param name="bytes">The tensors of bytes, behind them.</param>
    /// <param name="metadata">Text to go with them.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A name is reserved or there twice, or a shape doesn't fit its values.</exception>
    public SafetensorsFile(
        IReadOnlyList<NamedTensor> tensors, IReadOnlyList<NamedBytes> bytes, IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(metadata);
        var names = new HashSet<string>();
        foreach (var tensor in tensors) Check(tensor.Name, tensor.Shape, tensor.Values.Length, names, nameof(tensors));
        foreach (var tensor in bytes) Check(tensor.Name, tensor.Shape, tensor.Values.Length, names, nameof(bytes));
        (Tensors, Bytes, Metadata) = (tensors, bytes, metadata);
    }

    /// <summary>The tensors of floats, in file order.</summary>
    public IReadOnlyList<NamedTensor> Tensors { get; }

    /// <summary>The tensors of bytes, in file order.</summary>
    public IReadOnlyList<NamedBytes> Bytes { get; }

    /// <summary>Text that goes with them, without the file's checksum, which each writing makes anew.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Names of the tensors that were left out: integers of more than a byte, signed ones, booleans.</summary>
    internal IReadOnlyList<string> LeftOut { get; private init; } = [];

    /// <summary>Reads a whole file and checks all of it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Its content, in the order of the data.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is truncated, too long, its header is not as the format demands, or it isn't as its checksum says; the message names the
    /// file.
    /// </exception>
    public static SafetensorsFile Read(string path)
    {
        RequireLittleEndian();
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        try
        {
            return Read(stream);
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

    /// <summary>Writes everything to a file, which is replaced whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="IOException">Writing fails; a file that was there is as it was.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, WriteTo);
    }

    /// <summary>Writes everything.</summary>
    /// <param name="stream">Where to.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="IOException">Writing fails.</exception>
    public void WriteTo(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        RequireLittleEndian();
        var (header, checksumAt) = SafetensorsHeader.Format(Tensors, Bytes, Metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        var checksum = Crc32C.Start();
        checksum.Add(length);
        checksum.Add(header);
        foreach (var tensor in Tensors) checksum.Add(MemoryMarshal.AsBytes(tensor.Values.AsSpan()));
        foreach (var tensor in Bytes) checksum.Add(tensor.Values);
        FileChecksum.Write(checksum, header.AsSpan(checksumAt));
        stream.Write(length);
        stream.Write(header);
        foreach (var tensor in Tensors) stream.Write(MemoryMarshal.AsBytes(tensor.Values.AsSpan()));
        foreach (var tensor in Bytes) stream.Write(tensor.Values);
    }

    private static SafetensorsFile Read(FileStream stream)
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
        var tensors = new List<NamedTensor>(entries.Count);
        var bytes = new List<NamedBytes>();
        var leftOut = new List<string>();
        var (checksum, stated) = (Crc32C.Start(), checksumAt is { } at ? TakeDigits(json.AsSpan(at)) : null);
        checksum.Add(word);
        checksum.Add(json);
        foreach (var entry in entries)
        {
            var content = new byte[entry.End - entry.Begin];
            stream.ReadExactly(content);
            if (stated is not null) checksum.Add(content);
            if (entry.Type == ElementTypes.Byte) bytes.Add(new NamedBytes(entry.Name, entry.Shape, content));
            if (!ElementTypes.AreFloats(entry.Type))
            {
                if (entry.Type != ElementTypes.Byte) leftOut.Add(entry.Name);
                continue;
            }

            var values = new float[content.Length / ElementTypes.SizeOf(entry.Type)!.Value];
            ElementTypes.ReadFloats(entry.Type, content, values);
            tensors.Add(new NamedTensor(entry.Name, entry.Shape, values));
        }

        if (stated is not null)
        {
            if (FileChecksum.Text(checksum) != stated)
                throw new InvalidDataException(
                    $"it is damaged, or another tool changed it: its checksum is {stated}, that of its bytes {FileChecksum.Text(checksum)}.");
            metadata.Remove(FileChecksum.Key);
            metadata.Remove(FileChecksum.MarkerKey);
        }

        return new SafetensorsFile(tensors, bytes, metadata) { LeftOut = leftOut };
    }

    /// <summary>Reads the digits of a checksum and leaves zeros, as it was computed with.</summary>
    private static string TakeDigits(Span<byte> digits)
    {
        var text = Encoding.Latin1.GetString(digits);
        digits.Fill((byte)'0');
        return text;
    }

    private static void Check(string name, int[] shape, int values, HashSet<string> names, string argument)
    {
        if (name == SafetensorsHeader.MetadataName)
            throw new ArgumentException($"{argument} must not use the reserved name '{name}'.", argument);
        if (!names.Add(name)) throw new ArgumentException($"{argument} must have different names, got '{name}' twice.", argument);
        if (!SafetensorsHeader.TryGetLength(shape, out var length) || length != values)
            throw new ArgumentException(
                $"{argument}: '{name}' must have as many values as its shape [{string.Join(", ", shape)}] says, got {values}.", argument);
    }

    private static void RequireLittleEndian()
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("safetensors files are read and written on little-endian machines only.");
    }
}
