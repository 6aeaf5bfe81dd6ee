using System.Buffers.Binary;
using System.Globalization;
using SparseKernels.Schemas;
using SparseKernels.Sparsity;
using SparseKernels.Training.Files;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Checkpoints;

/// <summary>
/// A masked tensor in two: the values inside the mask in row-major order, and the mask as a bitmap, bit i % 8 of byte i / 8 for element i.
/// The file's metadata have its sizes, <c>shape.NAME: "64 64 3 3"</c>, and the coarse groups of its mask, <c>group.NAME: "16 1 row"</c>:
/// output channels, input channels, and whether a group is a filter <c>row</c> or a whole <c>filter</c>.
/// </summary>
internal static class MaskedTensorForm
{
    public const string ShapePrefix = "shape.";
    public const string GroupPrefix = "group.";

    private const string Row = "row";
    private const string Filter = "filter";
    private const int BitsPerByte = 8;
    private const int ConvolutionSizes = 4;

    /// <summary>Adds what the metadata have of a masked tensor.</summary>
    public static void Describe(NamedTensor tensor, WeightPattern mask, Dictionary<string, string> metadata)
    {
        var group = mask.Group;
        metadata.Add(ShapePrefix + tensor.Name, string.Join(' ', tensor.Shape));
        metadata.Add(GroupPrefix + tensor.Name, string.Create(CultureInfo.InvariantCulture, $"{group.OutputChannels} {group.InputChannels} {(group.WholeFilter ? Filter : Row)}"));
    }

    /// <summary>The values inside a mask.</summary>
    public static NamedTensor Pack(NamedTensor tensor, WeightPattern mask)
    {
        var values = new float[mask.Count];
        var next = 0;
        for (var i = mask.NextLive(0, tensor.Values.Length); i < tensor.Values.Length; i = mask.NextLive(i + 1, tensor.Values.Length))
            values[next++] = tensor.Values[i];
        return new NamedTensor(tensor.Name, [values.Length], values);
    }

    /// <summary>The whole tensor of the values inside a mask.</summary>
    /// <exception cref="InvalidDataException">There are not as many values as the mask has bits.</exception>
    public static NamedTensor Unpack(NamedTensor packed, WeightPattern mask, int[] shape)
    {
        if (packed.Values.Length != mask.Count)
            throw new InvalidDataException(
                $"'{packed.Name}' must have {mask.Count} values, as many as its mask has bits, got {packed.Values.Length}.");
        var values = new float[mask.Shape.WeightLength];
        var next = 0;
        for (var i = mask.NextLive(0, values.Length); i < values.Length; i = mask.NextLive(i + 1, values.Length))
            values[i] = packed.Values[next++];
        return new NamedTensor(packed.Name, shape, values);
    }

    /// <summary>A mask's bitmap.</summary>
    public static NamedBytes Bitmap(string name, WeightPattern mask)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        var bytes = new byte[(mask.Shape.WeightLength + BitsPerByte - 1) / BitsPerByte];
        for (var i = 0; i < bytes.Length; i += word.Length)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, mask.Words[i / word.Length]);
            word[..Math.Min(word.Length, bytes.Length - i)].CopyTo(bytes.AsSpan(i));
        }

        return new NamedBytes(name, [bytes.Length], bytes);
    }

    /// <summary>The mask of a bitmap.</summary>
    /// <param name="bitmap">The bitmap.</param>
    /// <param name="name">The tensor's name, under which the metadata describe it.</param>
    /// <param name="fields">The file's metadata.</param>
    /// <returns>The mask, and the tensor's sizes.</returns>
    /// <exception cref="InvalidDataException">The metadata lack a description, or the bitmap doesn't fit it.</exception>
    public static (WeightPattern Mask, int[] Shape) MaskOf(NamedBytes bitmap, string name, Fields fields)
    {
        var shape = Sizes(name, fields.TextOrNone(ShapePrefix + name));
        var group = Group(name, fields.TextOrNone(GroupPrefix + name));
        if (bitmap.Values.Length != (shape.Aggregate(1L, (product, size) => product * size) + BitsPerByte - 1) / BitsPerByte)
            throw new InvalidDataException($"the mask of '{name}' must have a bit for each of the weights [{string.Join(", ", shape)}], got {bitmap.Values.Length} bytes.");
        var (r, s) = shape.Length == ConvolutionSizes ? (shape[2], shape[3]) : (1, 1);
        var words = new ulong[(bitmap.Values.Length + sizeof(ulong) - 1) / sizeof(ulong)];
        for (var i = 0; i < bitmap.Values.Length; i++)
            words[i / sizeof(ulong)] |= (ulong)bitmap.Values[i] << (i % sizeof(ulong) * BitsPerByte);
        var full = WeightPattern.Full(new ConvolutionShape(1, shape[1], r, s, shape[0], r, s), group);
        if ((words[^1] & ~full.Words[^1]) != 0)
            throw new InvalidDataException($"the mask of '{name}' has bits past its {full.Shape.WeightLength} weights.");
        words.CopyTo(full.Words);
        full.Touch();
        return (full, shape);
    }

    private static int[] Sizes(string name, string? text)
    {
        var sizes = (text ?? "").Split(' ').Select(Positive).ToArray();
        return sizes.Length is 2 or ConvolutionSizes && Array.TrueForAll(sizes, size => size > 0) && sizes.Aggregate((Int128)1, (product, size) => product * size) <= Array.MaxLength
            ? sizes
            : throw new InvalidDataException($"the sizes of '{name}' must read like '64 32 3 3' or '10 256', got '{text ?? "none"}'.");
    }

    private static CoarseGroup Group(string name, string? text)
    {
        var parts = (text ?? "").Split(' ');
        return parts.Length == 3 && parts[2] is (Row or Filter) && Positive(parts[0]) is var outputs and > 0 && Positive(parts[1]) is var inputs and > 0
            ? new CoarseGroup(outputs, parts[2] == Filter, inputs)
            : throw new InvalidDataException($"the groups of the mask of '{name}' must read like '16 1 {Row}', got '{text ?? "none"}'.");
    }

    /// <summary>A whole number over 0, or 0 for any other text.</summary>
    private static int Positive(string text) => NumberRules.Size.TryParse(text, out var number) ? number : 0;
}
