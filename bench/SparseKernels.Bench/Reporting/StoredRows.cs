using SparseKernels.Bench.Measuring;

namespace SparseKernels.Bench.Reporting;

/// <summary>The rows of one file of <c>--json</c> in several runs: the same rows in the same order, measured at different times.</summary>
/// <typeparam name="TRow">A row.</typeparam>
/// <param name="Runs">The rows of each run; at least one run and one row.</param>
internal sealed record StoredRows<TRow>(IReadOnlyList<IReadOnlyList<TRow>> Runs)
{
    /// <summary>The rows of the first run: what was measured.</summary>
    public IReadOnlyList<TRow> Rows => Runs[0];

    /// <summary>How often it was measured, for a table's caption.</summary>
    public string Count => Runs.Count == 1 ? "a single run" : $"medians of {Runs.Count} runs, least–greatest in brackets";

    /// <summary>A figure of each run.</summary>
    /// <param name="ofRun">The figure of a run's rows; null where it has none.</param>
    /// <returns>The runs' figures, summed up; null if any run has none.</returns>
    public RunFigure? Figure(Func<IReadOnlyList<TRow>, double?> ofRun)
    {
        var values = Runs.Select(ofRun).OfType<double>().ToArray();
        return values.Length == Runs.Count ? new RunFigure(values) : null;
    }

    /// <summary>The geometric mean of a figure over some of the rows.</summary>
    /// <param name="chosen">Which rows.</param>
    /// <param name="figure">A row's figure; null where it has none.</param>
    /// <returns>The runs' means, summed up; null if there is no such row, or one has no figure.</returns>
    public RunFigure? Mean(Func<TRow, bool> chosen, Func<TRow, double?> figure) => Figure(rows =>
    {
        var figures = rows.Where(chosen).Select(figure).ToArray();
        return figures.Length == 0 || figures.Any(value => value is null) ? null : Statistics.GeometricMean([.. figures.OfType<double>()]);
    });
}
