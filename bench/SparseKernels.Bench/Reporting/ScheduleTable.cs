namespace SparseKernels.Bench.Reporting;

/// <summary>Writes the scheduler's rows as a table of plain text, each as soon as it is measured.</summary>
internal sealed class ScheduleTable(TextWriter output)
{
    private readonly List<ScheduleRow> _rows = [];

    /// <summary>The rows so far.</summary>
    public IReadOnlyList<ScheduleRow> Rows => _rows;

    /// <summary>Says what the columns are, and their names.</summary>
    public void WriteHeader()
    {
        output.WriteLine("zeros: share of an operand's elements that are zero, or of a result's that are not wanted. ms: the choice, the best candidate and dense, each forced; regret: choice over best, so 1 where they are the same whatever the noise.");
        output.WriteLine("x dense: dense over choice. call: a call that chooses over the same choice forced. steady: share of the measured calls that ran the choice (of calls that choose by times seen).");
        output.WriteLine();
        output.WriteLine(
            $"{"layer",-24} {"pass",-15} {"zeros",-22} {"dense ms",9} | {"automatic",-13} {"ms",8} {"best",-13} {"ms",8} {"regret",6} {"x dense",7} {"call",5} {"steady",6} | {"reproducible",-13} {"regret",6} {"x dense",7} {"call",5}");
    }

    /// <summary>Writes a row.</summary>
    public void Add(ScheduleRow row)
    {
        _rows.Add(row);
        var (own, other) = (row.Automatic, row.Reproducible);
        output.WriteLine(
            $"{row.Layer,-24} {row.Pass,-15} {row.Pattern,-22} {row.DenseMs,9:F3} | {own.Choice,-13} {own.Ms,8:F3} {own.Best,-13} {own.BestMs,8:F3} {own.Regret,6:F3} {own.DenseRatio,6:F2}x {own.CallRatio,5:F2} {own.Steadiness,6:0%} | " +
            $"{other.Choice,-13} {other.Regret,6:F3} {other.DenseRatio,6:F2}x {other.CallRatio,5:F2}");
        output.Flush();
    }
}
