using System.Buffers;
using System.Text.Json;
using SparseKernels.Schemas;

namespace SparseKernels.Training.Files;

/// <summary>
/// The JSON header of a safetensors file: <c>{"name": {"dtype": "F32", "shape": […], "data_offsets": [begin, end]}, …}</c>.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>The key whose value is text, not a tensor.</summary>
    public const string MetadataName = "__metadata__";

    /// <summary>Where the digits of the checksum begin in a header that <see cref="Format"/> made: it is the first thing in it.</summary>
    private static readonly int s_digitsAt = $$"""{"{{MetadataName}}":{"{{FileChecksum.Key}}":"{{FileChecksum.Marker}}:""".Length;

    /// <summary>A tensor's entry; its data are the bytes from Begin to before End, counted from the header's end.</summary>
    public readonly record struct Entry(string Name, string Type, int[] Shape, long Begin, long End);

    /// <summary>A header that was read: its tensors, its text, and where the digits of its checksum stand if it has one.</summary>
    public readonly record struct Content(List<Entry> Entries, Dictionary<string, string> Metadata, Range? Checksum);

    /// <summary>Counts a shape's elements.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="length">Their product.</param>
    /// <returns>False if a size is negative or the product is over what an array holds.</returns>
    public static bool TryGetLength(ReadOnlySpan<int> shape, out int length)
    {
        long product = 1;
        length = 0;
        foreach (var size in shape)
        {
            product *= size;
            if (size < 0 || product > Array.MaxLength) return false;
        }

        length = (int)product;
        return true;
    }

    /// <summary>
    /// Writes a header whose tensors follow each other, filled up with spaces so that the data begin at a multiple of 8. The digits of its
    /// checksum are zeros, to be replaced.
    /// </summary>
    public static (byte[] Header, Range Checksum) Format(IReadOnlyList<TensorBytes> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataName);
            json.WriteString(FileChecksum.Key, FileChecksum.Unknown);
            foreach (var (key, value) in metadata)
            {
                if (key is not (FileChecksum.Key or FileChecksum.MarkerKey)) json.WriteString(key, value);
            }

            json.WriteString(FileChecksum.MarkerKey, FileChecksum.Marker);
            json.WriteEndObject();

            long begin = 0;
            foreach (var tensor in tensors) WriteEntry(json, tensor.Name, tensor.Type, tensor.Shape, ref begin, tensor.Values().Length);
            json.WriteEndObject();
        }

        var padded = new byte[(buffer.WrittenCount + 7) / 8 * 8];
        buffer.WrittenSpan.CopyTo(padded);
        padded.AsSpan(buffer.WrittenCount).Fill((byte)' ');
        return (padded, s_digitsAt..(s_digitsAt + FileChecksum.Digits));
    }

    /// <summary>Reads a header.</summary>
    /// <exception cref="InvalidDataException">It is not JSON of the expected form, or an entry contradicts itself.</exception>
    public static Content Parse(ReadOnlySpan<byte> utf8)
    {
        Range? checksum = null;
        var entries = new List<Entry>();
        var metadata = new Dictionary<string, string>();
        var names = new HashSet<string>();
        var json = new Utf8JsonReader(utf8);
        try
        {
            Expect(ref json, JsonTokenType.StartObject, "the header");
            while (NextName(ref json) is { } name)
            {
                if (!names.Add(name)) throw new InvalidDataException($"expected each name once, got '{name}' twice.");
                if (name == MetadataName) ReadMetadata(ref json, metadata, ref checksum);
                else entries.Add(ReadEntry(ref json, name));
            }

            // Only white space may follow: anything else makes the reader throw.
            json.Read();
        }
        catch (Exception e) when (JsonText.IsFault(e))
        {
            throw new InvalidDataException($"the header is not the JSON expected: {JsonText.Message(e)}", e);
        }

        if (checksum is null && metadata.GetValueOrDefault(FileChecksum.MarkerKey) == FileChecksum.Marker)
            throw new InvalidDataException($"{FileChecksum.MarkerKey} says that there is a checksum, but there is none.");
        return new Content(entries, metadata, checksum);
    }

    private static void WriteEntry(Utf8JsonWriter json, string name, string type, int[] shape, ref long begin, long length)
    {
        json.WriteStartObject(name);
        json.WriteString("dtype", type);
        json.WriteStartArray("shape");
        foreach (var size in shape) json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(begin += length);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void ReadMetadata(ref Utf8JsonReader json, Dictionary<string, string> metadata, ref Range? checksum)
    {
        Expect(ref json, JsonTokenType.StartObject, MetadataName);
        while (NextName(ref json) is { } key)
        {
            Expect(ref json, JsonTokenType.String, key);
            if (!metadata.TryAdd(key, json.GetString()!))
                throw new InvalidDataException($"expected each key of {MetadataName} once, got '{key}' twice.");
            if (key == FileChecksum.Key && FileChecksum.IsOurs(json.ValueSpan))
            {
                // Past the opening quote and the kind.
                var digits = (int)json.TokenStartIndex + 1 + FileChecksum.Prefix.Length;
                checksum = digits..(digits + FileChecksum.Digits);
            }
        }
    }

    private static Entry ReadEntry(ref Utf8JsonReader json, string name)
    {
        string? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        Expect(ref json, JsonTokenType.StartObject, name);
        while (NextName(ref json) is { } key)
        {
            var again = key switch
            {
                "dtype" => type is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => throw new InvalidDataException($"expected dtype, shape and data_offsets for '{name}', got '{key}'."),
            };
            if (again) throw new InvalidDataException($"expected {key} of '{name}' once, got it twice.");
            if (key == "dtype") type = ReadString(ref json, key);
            else if (key == "shape") shape = ReadNumbers(ref json, key);
            else offsets = ReadNumbers(ref json, key);
        }

        if (type is null || ElementTypes.SizeOf(type) is not { } elementSize)
            throw new InvalidDataException($"expected for '{name}' a dtype among {ElementTypes.Known}, got {type ?? "none"}.");
        if (shape is null) throw new InvalidDataException($"expected a shape for '{name}', got none.");
        if (offsets is not { Count: 2 })
            throw new InvalidDataException($"expected two data_offsets for '{name}', got {offsets?.Count ?? 0}.");
        var sizes = new int[shape.Count];
        for (var i = 0; i < sizes.Length; i++)
            sizes[i] = shape[i] is >= 0 and <= int.MaxValue
                ? (int)shape[i]
                : throw new InvalidDataException($"expected sizes from 0 to {int.MaxValue} for '{name}', got {shape[i]}.");
        if (!TryGetLength(sizes, out var length))
            throw new InvalidDataException(
                $"expected at most {Array.MaxLength} elements for '{name}', got shape [{string.Join(", ", sizes)}].");
        var bytes = (long)length * elementSize;
        if (offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] - offsets[0] != bytes)
            throw new InvalidDataException($"expected data_offsets {bytes} bytes apart for '{name}' of shape [{string.Join(", ", sizes)}], got [{offsets[0]}, {offsets[1]}].");
        return new Entry(name, type, sizes, offsets[0], offsets[1]);
    }

    private static string ReadString(ref Utf8JsonReader json, string what)
    {
        Expect(ref json, JsonTokenType.String, what);
        return json.GetString()!;
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader json, string what)
    {
        Expect(ref json, JsonTokenType.StartArray, what);
        var numbers = new List<long>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray) numbers.Add(json.GetInt64());
        return numbers;
    }

    /// <summary>The next property's name, or null at the object's end.</summary>
    private static string? NextName(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.EndObject ? null : json.GetString();
    }

    private static void Expect(ref Utf8JsonReader json, JsonTokenType type, string what)
    {
        if (!json.Read() || json.TokenType != type) throw new InvalidDataException($"expected {type} for {what}, got {json.TokenType}.");
    }
}
