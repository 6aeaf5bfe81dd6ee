using System.Globalization;

namespace SparseKernels.Bench.Sparsity;

/// <summary>Reads figures of others; the format stands at the top of <c>peers.txt</c>.</summary>
internal sealed class PeerFigures
{
    private const int Columns = 4;

    private readonly Dictionary<string, string> _sources = [];
    private readonly List<PeerFigure> _all = [];

    private PeerFigures()
    {
    }

    /// <summary>The file beside the bench.</summary>
    public static string DefaultPath => Path.Combine(AppContext.BaseDirectory, "peers.txt");

    /// <summary>What each peer is, and where it was measured, in the file's order.</summary>
    public IReadOnlyDictionary<string, string> Sources => _sources;

    /// <summary>All figures, in the file's order.</summary>
    public IReadOnlyList<PeerFigure> All => _all;

    /// <summary>Reads figures.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="InvalidDataException">A line is no figure, names a peer without a source, or comes twice.</exception>
    public static PeerFigures Parse(TextReader reader, string source)
    {
        var figures = new PeerFigures();
        for (var line = 1; reader.ReadLine() is { } text; line++)
        {
            var words = text.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            try
            {
                figures.Add(words);
            }
            catch (FormatException e)
            {
                throw new InvalidDataException($"{source}({line}): {e.Message}", e);
            }
        }

        return figures;
    }

    /// <summary>Reads the file beside the bench.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static PeerFigures Read()
    {
        using var reader = new StreamReader(DefaultPath);
        return Parse(reader, Path.GetFileName(DefaultPath));
    }

    private void Add(string[] words)
    {
        if (words[0] == "source")
        {
            if (words.Length < 3 || !_sources.TryAdd(words[1], string.Join(' ', words[2..])))
                throw new FormatException("expected a new peer's name and what it is after 'source'.");
            return;
        }

        if (words.Length != Columns) throw new FormatException($"expected {Columns} columns, got {words.Length}.");
        if (!_sources.ContainsKey(words[0])) throw new FormatException($"expected a source of '{words[0]}' before its figures.");
        if (!int.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var zeros) || zeros > 99)
            throw new FormatException($"expected zeros of 0 to 99 percent, got '{words[2]}'.");
        if (!double.TryParse(words[3], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var multiple) || multiple <= 0)
            throw new FormatException($"expected a multiple of the peak over 0, got '{words[3]}'.");
        if (_all.Exists(figure => (figure.Peer, figure.Layer, figure.Zeros) == (words[0], words[1], zeros)))
            throw new FormatException($"{words[0]} has {words[1]} at {zeros} % twice.");
        _all.Add(new PeerFigure(words[0], words[1], zeros, multiple));
    }
}
