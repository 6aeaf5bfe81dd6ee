using System.Globalization;

namespace SparseKernels.Bench.Sparsity;

/// <summary>Reads the targets; the format stands at the top of <c>targets.txt</c>.</summary>
internal sealed class SparseTargets
{
    private const int Columns = 5;

    private readonly Dictionary<string, double> _scales = [];
    private readonly List<SparseTarget> _all = [];

    private SparseTargets()
    {
    }

    /// <summary>The file beside the bench.</summary>
    public static string DefaultPath => Path.Combine(AppContext.BaseDirectory, "targets.txt");

    /// <summary>All of them, in the file's order.</summary>
    public IReadOnlyList<SparseTarget> All => _all;

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="InvalidDataException">A line is no target, or a case comes twice.</exception>
    public static SparseTargets Read(string path)
    {
        using var reader = new StreamReader(path);
        return Parse(reader, Path.GetFileName(path));
    }

    /// <summary>Reads targets.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="InvalidDataException">A line is no target, or a case comes twice.</exception>
    public static SparseTargets Parse(TextReader reader, string source)
    {
        var targets = new SparseTargets();
        for (var line = 1; reader.ReadLine() is { } text; line++)
        {
            var words = text.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            try
            {
                targets.Add(words);
            }
            catch (Exception e) when (e is FormatException or ArgumentException)
            {
                throw new InvalidDataException($"{source}({line}): {e.Message.ReplaceLineEndings(" ")}", e);
            }
        }

        return targets;
    }

    /// <summary>What a case should reach on an instruction set; null if nothing is asked of it.</summary>
    public SparseTarget? For(SparseCase wanted, string isa)
    {
        var found = _all.Find(target => target.Case == wanted);
        return found is null or { IsGain: true } ? found : found with { Value = found.Value * _scales.GetValueOrDefault(isa, 1) };
    }

    private void Add(string[] words)
    {
        if (words is ["scale", var isa, var factor])
        {
            _scales[isa] = Number("factor", factor, most: 10);
            return;
        }

        if (words.Length != Columns)
            throw new FormatException($"expected pass, cell, fine, coarse and target, got {words.Length} columns.");
        var pass = Enum.TryParse<ConvolutionPass>(words[0], out var parsed)
            ? parsed
            : throw new FormatException($"unknown pass '{words[0]}'; known: {string.Join(", ", Enum.GetNames<ConvolutionPass>())}.");
        var cell = new SparseCell(pass, SparseCell.ParsePair(words[1], "cell"));
        var isGain = words[4].StartsWith('x');
        var target = new SparseTarget(
            new SparseCase(cell, Number("fine", words[2], most: 1), Number("coarse", words[3], most: 1)), Number("target", isGain ? words[4][1..] : words[4], most: 1000), isGain);
        if (_all.Exists(other => other.Case == target.Case)) throw new FormatException($"{string.Join(' ', words[..4])} is there twice.");
        _all.Add(target);
    }

    private static double Number(string name, string text, double most) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value > 0 && value <= most
            ? value
            : throw new FormatException($"{name}: expected a number over 0 up to {most}, got '{text}'.");
}
