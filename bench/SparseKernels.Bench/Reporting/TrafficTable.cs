using System.Globalization;

namespace SparseKernels.Bench.Reporting;

/// <summary>Bytes per layer and pass of a step as plain text, and their sums by kind of work.</summary>
internal static class TrafficTable
{
    /// <summary>Writes rows and sums.</summary>
    /// <param name="rows">A network's rows, at least one.</param>
    /// <param name="output">Where they go.</param>
    public static void Write(IReadOnlyList<TrafficRow> rows, TextWriter output)
    {
        output.WriteLine($"{"layer",-32} {"pass",-15} {"read MB",9} {"written MB",10} {"ms",9} {"GB/s",7} {"share",7}");
        foreach (var row in rows) output.WriteLine(Line(row));
        output.WriteLine();
        foreach (var kind in TrafficRows.Kinds)
        {
            var some = rows.Where(row => row.Kind == kind).ToArray();
            if (some.Length > 0) output.WriteLine(Line(Sum(some, kind)));
        }

        output.WriteLine(Line(Sum([.. rows.Where(row => row.Kind != TrafficRows.Kinds[0])], $"all but {TrafficRows.Kinds[0]}")));
        output.WriteLine(Line(Sum(rows, "all")));
    }

    /// <summary>Writes what packing moves in steps behind which masks have changed.</summary>
    /// <param name="rows">A network's rows of such steps.</param>
    /// <param name="output">Where it goes.</param>
    public static void WritePruning(IReadOnlyList<TrafficRow> rows, TextWriter output) =>
        output.WriteLine(Line(Sum([.. rows.Where(row => row.Kind == "packing")], "packing where masks change")));

    private static TrafficRow Sum(IReadOnlyList<TrafficRow> rows, string name) => rows[0] with
    {
        Layer = name,
        Pass = "",
        Read = rows.Sum(row => row.Read),
        Written = rows.Sum(row => row.Written),
        Milliseconds = rows.Sum(row => row.Milliseconds),
        Share = rows.Sum(row => row.Share),
    };

    private static string Line(TrafficRow row) => string.Create(
        CultureInfo.InvariantCulture,
        $"{row.Layer,-32} {row.Pass,-15} {1e-6 * row.Read,9:F3} {1e-6 * row.Written,10:F3} {row.Milliseconds,9:F3} {row.GigabytesPerSecond,7:F1} {100 * row.Share,6:F1}%");
}
