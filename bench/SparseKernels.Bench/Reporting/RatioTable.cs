using SparseKernels.Bench.Measuring;

namespace SparseKernels.Bench.Reporting;

/// <summary>Writes rows as a table of plain text, each as soon as it is measured, and sums them up.</summary>
internal sealed class RatioTable(TextWriter output)
{
    private readonly List<RatioRow> _rows = [];

    /// <summary>The rows so far.</summary>
    public IReadOnlyList<RatioRow> Rows => _rows;

    /// <summary>Writes the column names.</summary>
    public void WriteHeader() =>
        output.WriteLine($"{"layer",-19} {"pass",-29} {"ours ms",9} {"peer ms",9} {"ratio",7} {"GFLOP/s",9} {"peak",8} {"share",7}");

    /// <summary>Writes a row.</summary>
    public void Add(RatioRow row)
    {
        _rows.Add(row);
        var peer = row.PeerMs is { } ms ? $"{ms,9:F3}" : $"{"-",9}";
        var ratio = row.Ratio is { } value ? $"{value,6:F2}x" : $"{"-",7}";
        output.WriteLine(
            $"{row.Layer,-19} {row.Pass,-29} {row.OursMs,9:F3} {peer} {ratio} {row.EffectiveGflops,9:F1} {row.PeakGflops,8:F1} {row.PeakShare,7:P1}");
        output.Flush();
    }

    /// <summary>
    /// Writes geometric means of the ratios, each pass and all, the worst ratio, and the lowest and mean share of peak of blocked rows.
    /// </summary>
    public void WriteSummary()
    {
        output.WriteLine();
        var compared = _rows.Where(row => row.Ratio.HasValue).ToArray();
        if (compared.Length > 0)
        {
            var means = compared.GroupBy(row => row.Pass).Select(group => $"{group.Key} {Mean(group):F3}x");
            output.WriteLine($"geometric mean ratio: all {Mean(compared):F3}x; {string.Join("; ", means)}");
            var worst = compared.MinBy(row => row.Ratio)!;
            output.WriteLine($"worst ratio: {worst.Ratio:F3}x, {worst.Layer} {worst.Pass}");
        }

        foreach (var group in _rows.GroupBy(row => row.Pass))
        {
            var lowest = group.MinBy(row => row.PeakShare)!;
            var mean = Statistics.GeometricMean([.. group.Select(row => row.PeakShare)]);
            output.WriteLine($"share of FMA peak, {group.Key}: geometric mean {mean:P1}, lowest {lowest.PeakShare:P1} ({lowest.Layer})");
        }
    }

    private static double Mean(IEnumerable<RatioRow> rows) => Statistics.GeometricMean([.. rows.Select(row => row.Ratio!.Value)]);
}
