using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Onnx.Importing;

/// <summary>The sizes that a model runs on: what it says of its input, filled up with what is asked for.</summary>
internal static class InputSizes
{
    private static readonly string[] s_floats = ["FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE"];

    /// <summary>The sizes of each input for one image, by its name.</summary>
    /// <exception cref="ArgumentException">Sizes are asked for of an input that isn't there, or that are none.</exception>
    /// <exception cref="InvalidDataException">An input is not of images, or sizes stay open.</exception>
    public static Dictionary<string, int[]> Of(OnnxGraph graph, OnnxImportOptions options)
    {
        if (options.Inputs?.Keys.FirstOrDefault(name => graph.Inputs.All(input => input.Name != name)) is { } unknown)
            throw new ArgumentException(
                $"Inputs must be among {string.Join(", ", graph.Inputs.Select(input => $"'{input.Name}'"))}, got '{unknown}'.", nameof(options));
        if (graph.Inputs.Count == 0) throw new InvalidDataException("the model has no inputs.");
        return graph.Inputs.Select((input, i) => (input.Name, Sizes: Of(input, Asked(input, i))))
            .ToDictionary(entry => entry.Name, entry => entry.Sizes, StringComparer.Ordinal);

        FeatureShape? Asked(OnnxValue input, int i) =>
            options.Inputs is { } inputs && inputs.TryGetValue(input.Name, out var sizes) ? sizes : i == 0 ? options.Input : null;
    }

    private static int[] Of(OnnxValue input, FeatureShape? wanted)
    {
        if (!s_floats.Contains(input.ElementType)) throw new InvalidDataException($"the input must be of floats, got {input}.");
        if (input.Shape is { Count: not (2 or 4) }) throw new InvalidDataException($"the input must have the sizes [N, C, H, W] or [N, C], got {input}.");
        if (wanted is { } asked)
        {
            if (Math.Min(asked.Channels, Math.Min(asked.Height, asked.Width)) < 1)
                throw new ArgumentOutOfRangeException("options", asked, "Input must have sizes of 1 or more.");
            return input.Shape is { Count: 2 } ? [1, asked.Length] : [1, asked.Channels, asked.Height, asked.Width];
        }

        return input.Shape is { } sizes && sizes.Skip(1).All(size => size.Size is not null)
            ? [1, .. sizes.Skip(1).Select(size => size.Size!.Value)]
            : throw new InvalidDataException($"the model leaves sizes of its input open: {input}. Say which to build for (Input).");
    }

    /// <summary>Sizes of a tensor for one image as layers see it: rows and columns of 1 where it has none.</summary>
    /// <exception cref="InvalidDataException">It has too few or too many.</exception>
    public static FeatureShape Features(int[] shape) => shape switch
    {
        [_, var channels] => new(channels, 1, 1),
        [_, var channels, var rows] => new(channels, rows, 1),
        [_, var channels, var rows, var columns] => new(channels, rows, columns),
        _ => throw new InvalidDataException($"tensors of two to four sizes are supported, got {TensorShape.Text(shape)}."),
    };
}
