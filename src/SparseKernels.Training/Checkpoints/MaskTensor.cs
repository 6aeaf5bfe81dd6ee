using System.Globalization;

namespace SparseKernels.Training.Checkpoints;

/// <summary>A mask as a tensor of zeros and ones, with the shape of its coarse groups as text beside it.</summary>
internal static class MaskTensor
{
    private const string Row = "row";
    private const string Filter = "filter";

    /// <summary>The tensor of a mask, under the parameter's name.</summary>
    public static NamedTensor Of(NamedMask mask)
    {
        var shape = mask.Mask.Shape;
        var values = new float[shape.WeightLength];
        for (var i = 0; i < values.Length; i++) values[i] = mask.Mask[i] ? 1 : 0;
        return new NamedTensor(mask.Name, [shape.K, shape.GroupC, shape.R, shape.S], values);
    }

    /// <summary>The text of its groups, output and input channels of one: <c>16 1 row</c> or <c>16 1 filter</c>.</summary>
    public static string GroupOf(NamedMask mask)
    {
        var group = mask.Mask.Group;
        return string.Create(CultureInfo.InvariantCulture, $"{group.OutputChannels} {group.InputChannels} {(group.WholeFilter ? Filter : Row)}");
    }

    /// <summary>The mask of a tensor.</summary>
    /// <exception cref="InvalidDataException">The tensor or text is none of a mask.</exception>
    public static NamedMask From(NamedTensor tensor, string? group)
    {
        if (tensor.Shape.Length != 4) throw new InvalidDataException($"the mask of '{tensor.Name}' must have four sizes, got [{string.Join(", ", tensor.Shape)}].");
        foreach (var value in tensor.Values)
        {
            if (value is not (0 or 1)) throw new InvalidDataException($"the mask of '{tensor.Name}' must hold zeros and ones alone, got {value}.");
        }

        var groups = ParseGroup(group)
            ?? throw new InvalidDataException($"the groups of the mask of '{tensor.Name}' must read like '16 1 {Row}', got '{group ?? "none"}'.");
        try
        {
            var (k, c, r, s) = (tensor.Shape[0], tensor.Shape[1], tensor.Shape[2], tensor.Shape[3]);
            return new NamedMask(tensor.Name, WeightPattern.FromWeights(new ConvolutionShape(1, c, r, s, k, r, s), tensor.Values, groups));
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"the mask of '{tensor.Name}' is of no weights: {e.Message}", e);
        }
    }

    private static CoarseGroup? ParseGroup(string? text)
    {
        var parts = (text ?? "").Split(' ');
        return parts.Length == 3 && parts[2] is (Row or Filter) && Channels(parts[0]) is { } outputs && Channels(parts[1]) is { } inputs
            ? new CoarseGroup(outputs, parts[2] == Filter, inputs)
            : null;
    }

    private static int? Channels(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}
