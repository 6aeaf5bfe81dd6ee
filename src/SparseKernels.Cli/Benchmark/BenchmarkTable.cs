using System.Globalization;
using Spectre.Console;

namespace SparseKernels.Cli.Benchmark;

/// <summary>The rows of <c>benchmark</c> for people.</summary>
internal static class BenchmarkTable
{
    /// <summary>Makes the table.</summary>
    public static Table Create(IReadOnlyList<BenchmarkRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("weights", "zero", "images", "ms/image", "images/s", "speed-up", "layout", "largest difference");
        foreach (var column in table.Columns) column.NoWrap();
        foreach (var column in table.Columns.Skip(1).Take(5)) column.RightAligned();
        foreach (var row in rows) table.AddRow([.. Cells(row).Select(cell => new Text(cell))]);
        return table;
    }

    private static string[] Cells(BenchmarkRow row) =>
    [
        row.Form, $"{Number(100 * row.Zeros, "F1")} %", Number(row.Batch, "F0"), Number(row.MillisecondsPerImage, "F3"),
        Number(row.ImagesPerSecond, row.ImagesPerSecond < 100 ? "F1" : "F0"),
        row.SpeedUp is { } ratio ? $"{Number(ratio, "F2")} ×" : "", row.Layout,
        row is { LargestDifference: { } difference, LogitsRange: { } range } ? $"{Number(difference, "0.0e+0")} of {Number(range, "G3")}" : "",
    ];

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
