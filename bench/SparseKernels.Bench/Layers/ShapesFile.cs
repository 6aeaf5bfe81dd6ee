using System.Globalization;

namespace SparseKernels.Bench.Layers;

/// <summary>Reads a list of layers; the format stands at the top of <c>shapes.txt</c>.</summary>
internal static class ShapesFile
{
    private const int Columns = 7;

    /// <summary>The list beside the bench.</summary>
    public static string DefaultPath => Path.Combine(AppContext.BaseDirectory, "shapes.txt");

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The layers in the file's order, N = 1.</returns>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="InvalidDataException">A line is no layer, a name comes twice, or the file has no layer.</exception>
    public static IReadOnlyList<BenchLayer> Read(string path)
    {
        using var reader = new StreamReader(path);
        return Parse(reader, Path.GetFileName(path));
    }

    /// <summary>Reads layers.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <returns>The layers in order, N = 1.</returns>
    /// <exception cref="InvalidDataException">A line is no layer, a name comes twice, or there is no layer.</exception>
    public static IReadOnlyList<BenchLayer> Parse(TextReader reader, string source)
    {
        var layers = new List<BenchLayer>();
        for (var line = 1; reader.ReadLine() is { } text; line++)
        {
            var words = text.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            try
            {
                var layer = ParseLayer(words);
                if (layers.Any(other => other.Name == layer.Name)) throw new FormatException($"the name {layer.Name} is already used.");
                layers.Add(layer);
            }
            catch (Exception e) when (e is FormatException or ArgumentException)
            {
                throw new InvalidDataException($"{source}({line}): {e.Message.ReplaceLineEndings(" ")}", e);
            }
        }

        return layers.Count > 0 ? layers : throw new InvalidDataException($"{source}: no layer in it.");
    }

    private static BenchLayer ParseLayer(string[] words)
    {
        if (words.Length < Columns)
            throw new FormatException($"expected name C H W K R S and settings, got {words.Length} of {Columns} columns.");
        Size2D stride = 1, padding = 0, dilation = 1;
        var groups = 1;
        foreach (var word in words[Columns..])
        {
            var (setting, value) = word.Split('=') is [var left, var right]
                ? (left, right)
                : throw new FormatException($"expected setting=value, got '{word}'.");
            switch (setting)
            {
                case "stride": stride = Pair(setting, value); break;
                case "padding": padding = Pair(setting, value); break;
                case "dilation": dilation = Pair(setting, value); break;
                case "groups": groups = Number(setting, value); break;
                default: throw new FormatException($"unknown setting '{setting}'; known: stride, padding, dilation, groups.");
            }
        }

        int Size(int column, string name) => Number(name, words[column]);
        return new(words[0], new ConvolutionShape(
            1, Size(1, "C"), Size(2, "H"), Size(3, "W"), Size(4, "K"), Size(5, "R"), Size(6, "S"),
            stride, new Padding2D(padding.Height, padding.Height, padding.Width, padding.Width), dilation, groups));
    }

    private static Size2D Pair(string name, string text) =>
        text.Split('x') is [var height, var width] ? new Size2D(Number(name, height), Number(name, width)) : Number(name, text);

    private static int Number(string name, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new FormatException($"{name}: expected a whole number, got '{text}'.");
}
