using System.Runtime.InteropServices;
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
        var tensors = new List<NamedTensor>();
        var bytes = new List<NamedBytes>();
        var leftOut = new List<string>();
        var metadata = SafetensorsBytes.Read(path, (entry, content) =>
        {
            if (ElementTypes.AreFloats(entry.Type))
            {
                var values = new float[content.Length / ElementTypes.SizeOf(entry.Type)!.Value];
                ElementTypes.ReadFloats(entry.Type, content, values);
                tensors.Add(new NamedTensor(entry.Name, entry.Shape, values));
            }
            else if (entry.Type == ElementTypes.Byte)
            {
                bytes.Add(new NamedBytes(entry.Name, entry.Shape, content));
            }
            else
            {
                leftOut.Add(entry.Name);
            }
        });
        return new SafetensorsFile(tensors, bytes, metadata) { LeftOut = leftOut };
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
        SafetensorsBytes.Write(
            stream,
            [
                .. Tensors.Select(tensor => new TensorBytes(
                    tensor.Name, ElementTypes.Float32, tensor.Shape, () => MemoryMarshal.AsBytes(tensor.Values.AsSpan()))),
                .. Bytes.Select(tensor => new TensorBytes(tensor.Name, ElementTypes.Byte, tensor.Shape, () => tensor.Values)),
            ],
            Metadata);
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
}
