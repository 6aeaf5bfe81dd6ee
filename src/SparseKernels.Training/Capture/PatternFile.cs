using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using SparseKernels.Files;
using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Training.Capture;

/// <summary>
/// The file of one convolution's patterns: the header's length as a little-endian 64-bit integer, the header as JSON
/// (<c>format, layer, epoch, step, input [N, C, H, W], filter [K, R, S], stride, padding [top, bottom, left, right], dilation, groups</c>),
/// then the bitmaps of x <c>[N, ⌈C/16⌉, H, W]</c>, dy <c>[N, ⌈K/16⌉, P, Q]</c> and the wanted elements of dx (as x), a little-endian 16-bit
/// word for each pixel and block of 16 channels: bit i is channel i of the block. Bits past the last channel are clear.
/// </summary>
internal static class PatternFile
{
    /// <summary>How such files' names end.</summary>
    public const string Extension = ".patterns";

    private const string Format = "sparsekernels-patterns-1";
    private const int MaximumHeader = 1 << 16;

    /// <summary>Writes or replaces a file.</summary>
    /// <exception cref="IOException">The file system refuses.</exception>
    public static void Write(string path, ConvolutionPatterns patterns)
    {
        var header = FormatHeader(patterns);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var mask in new[] { patterns.Input, patterns.OutputGradient, patterns.InputMask }) WriteWords(stream, mask.Words);
        });
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="InvalidDataException">It is no such file, or damaged.</exception>
    public static ConvolutionPatterns Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var length = bytes.Length < sizeof(long) ? -1 : BinaryPrimitives.ReadInt64LittleEndian(bytes);
        if (length is < 2 or > MaximumHeader || length > bytes.Length - sizeof(long))
            throw new InvalidDataException(
                $"'{path}' is no file of patterns: its first 8 bytes give a header of {length} bytes, the file has {bytes.Length}.");
        try
        {
            using var header = JsonDocument.Parse(bytes.AsMemory(sizeof(long), (int)length));
            return ParseHeader(header.RootElement, bytes.AsSpan(sizeof(long) + (int)length));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException or InvalidDataException)
        {
            throw new InvalidDataException($"'{path}' is no file of patterns: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    private static byte[] FormatHeader(ConvolutionPatterns patterns)
    {
        var shape = patterns.Shape;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteString("layer", patterns.Layer);
            json.WriteNumber("epoch", patterns.Epoch);
            json.WriteNumber("step", patterns.Step);
            WriteArray(json, "input", shape.N, shape.C, shape.H, shape.W);
            WriteArray(json, "filter", shape.K, shape.R, shape.S);
            WriteArray(json, "stride", shape.Stride.Height, shape.Stride.Width);
            WriteArray(json, "padding", shape.Padding.Top, shape.Padding.Bottom, shape.Padding.Left, shape.Padding.Right);
            WriteArray(json, "dilation", shape.Dilation.Height, shape.Dilation.Width);
            json.WriteNumber("groups", shape.Groups);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static ConvolutionPatterns ParseHeader(JsonElement header, ReadOnlySpan<byte> data)
    {
        var format = header.GetProperty("format").GetString();
        if (format != Format) throw new InvalidDataException($"expected the format {Format}, got {format}.");
        var (input, filter) = (ReadArray(header, "input", 4), ReadArray(header, "filter", 3));
        var (stride, padding, dilation) = (ReadArray(header, "stride", 2), ReadArray(header, "padding", 4), ReadArray(header, "dilation", 2));
        var shape = new ConvolutionShape(
            input[0], input[1], input[2], input[3], filter[0], filter[1], filter[2],
            new Size2D(stride[0], stride[1]), new Padding2D(padding[0], padding[1], padding[2], padding[3]), new Size2D(dilation[0], dilation[1]), header.GetProperty("groups").GetInt32());
        var (inputWords, outputWords) = (Words(shape.N, shape.C, shape.H, shape.W), Words(shape.N, shape.K, shape.P, shape.Q));
        var expected = sizeof(ushort) * (2 * inputWords + outputWords);
        if (data.Length != expected)
            throw new InvalidDataException($"expected {expected} bytes of bitmaps for {shape}, got {data.Length}.");
        return new ConvolutionPatterns(
            header.GetProperty("layer").GetString() ?? throw new InvalidDataException("layer: expected a name, got null."),
            header.GetProperty("epoch").GetInt32(), header.GetProperty("step").GetInt64(), shape,
            ReadMask(ref data, new FineMask(shape.N, shape.C, shape.H, shape.W), "x"),
            ReadMask(ref data, new FineMask(shape.N, shape.K, shape.P, shape.Q), "dy"),
            ReadMask(ref data, new FineMask(shape.N, shape.C, shape.H, shape.W), "dx"));
    }

    private static long Words(int n, int c, int h, int w) => (long)n * LaneBlock.Count(c) * h * w;

    private static FineMask ReadMask(ref ReadOnlySpan<byte> data, FineMask mask, string name)
    {
        var words = mask.Words;
        for (var i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadUInt16LittleEndian(data[(i * sizeof(ushort))..]);
        data = data[(words.Length * sizeof(ushort))..];
        var past = (ushort)(0xFFFF << ((mask.C - 1) % BlockedTensor.Block + 1));
        var (blocks, plane) = (LaneBlock.Count(mask.C), mask.H * mask.W);
        for (var n = 0; n < mask.N; n++)
        {
            if (HasAny(words.Slice(((n + 1) * blocks - 1) * plane, plane), past))
                throw new InvalidDataException($"the bitmap of {name} has a bit past its {mask.C} channels.");
        }

        return mask;
    }

    private static bool HasAny(ReadOnlySpan<ushort> words, ushort bits)
    {
        var any = 0;
        foreach (var word in words) any |= word;
        return (any & bits) != 0;
    }

    private static void WriteWords(Stream stream, Span<ushort> words)
    {
        if (BitConverter.IsLittleEndian)
        {
            stream.Write(MemoryMarshal.AsBytes(words));
            return;
        }

        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        foreach (var word in words)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, word);
            stream.Write(bytes);
        }
    }

    private static void WriteArray(Utf8JsonWriter json, string name, params ReadOnlySpan<int> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private static int[] ReadArray(JsonElement header, string name, int length)
    {
        int[] values = [.. header.GetProperty(name).EnumerateArray().Select(value => value.GetInt32())];
        return values.Length == length
            ? values
            : throw new InvalidDataException($"{name}: expected {length} numbers, got {values.Length}.");
    }
}
