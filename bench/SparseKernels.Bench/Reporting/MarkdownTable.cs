using System.Text;

namespace SparseKernels.Bench.Reporting;

/// <summary>A table in Markdown under a caption.</summary>
/// <param name="caption">What the figures are, and how often they were measured.</param>
/// <param name="columns">The columns' heads.</param>
internal sealed class MarkdownTable(string caption, params string[] columns)
{
    /// <summary>What stands where nothing was measured.</summary>
    public const string Nothing = "–";

    private readonly StringBuilder _text =
        new StringBuilder(caption).Append("\n\n").Append(Line(columns)).Append(Line([.. columns.Select(_ => "---")]));

    /// <summary>Adds a row.</summary>
    /// <param name="cells">As many as there are columns.</param>
    /// <exception cref="ArgumentException">They are more or fewer.</exception>
    public void Add(params string[] cells)
    {
        if (cells.Length != columns.Length)
            throw new ArgumentException($"expected {columns.Length} cells, got {cells.Length}.", nameof(cells));
        _text.Append(Line(cells));
    }

    /// <summary>A figure, or what stands for none.</summary>
    public static string Cell(RunFigure? figure) => figure?.ToString() ?? Nothing;

    /// <summary>Caption and table, with a line's end after each line but the last.</summary>
    public override string ToString() => _text.ToString().TrimEnd('\n');

    private static string Line(string[] cells) => $"| {string.Join(" | ", cells)} |\n";
}
