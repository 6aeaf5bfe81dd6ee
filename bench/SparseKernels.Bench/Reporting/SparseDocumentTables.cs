using System.Globalization;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Sparsity;

namespace SparseKernels.Bench.Reporting;

/// <summary>The documents' tables of <c>ratios sparse</c>.</summary>
internal static class SparseDocumentTables
{
    /// <summary>The file of cells with one sparse operand.</summary>
    public const string Single = "sparse-1";

    /// <summary>The file of cells with two.</summary>
    public const string Pairs = "sparse-pairs-1";

    /// <summary>What a layer with that filter has in its name.</summary>
    public const string LargeFilter = "3x3", PointFilter = "1x1";

    /// <summary>Each cell by its share of zeros, over our dense kernels.</summary>
    public static string? OverDense(StoredRuns runs) => ByDensity(runs, LargeFilter, "our dense kernels", OverDense);

    /// <summary>The same over TorchSharp.</summary>
    public static string? OverPeer(StoredRuns runs) => ByDensity(runs, LargeFilter, "TorchSharp (dense)", row => row.Ratio);

    /// <summary>1×1 layers over our dense kernels.</summary>
    public static string? PointOverDense(StoredRuns runs) => ByDensity(runs, PointFilter, "our dense kernels", OverDense);

    /// <summary>Two operands at once, against each of them alone.</summary>
    public static string? OfPairs(StoredRuns runs)
    {
        if (runs.Sparse(Pairs) is not { } stored) return null;
        var table = new MarkdownTable(
            $"Speed-up over our dense kernels, geometric means of the 3×3 layers, {Conditions(stored.Rows[0])};\n{stored.Count}.",
            "pass", "zeros one by one", "zeros in runs", "the first alone", "the second alone", "both", "gain over the better");
        var cases = stored.Rows
            .Where(row => row is { FineDensity: < 1, CoarseDensity: < 1 })
            .DistinctBy(row => (row.Pass, row.Cell, row.FineDensity, row.CoarseDensity));
        foreach (var both in cases)
        {
            var (fine, coarse) = Operands(both);
            string At(double fineDensity, double coarseDensity) =>
                MarkdownTable.Cell(stored.Mean(row => IsLarge(row) && IsCase(row, both, fineDensity, coarseDensity), OverDense));
            table.Add(
                both.Pass, $"{Zeros(both.FineDensity)} of {fine}", $"{Zeros(both.CoarseDensity)} of {RunsOf(coarse)}",
                At(both.FineDensity, 1), At(1, both.CoarseDensity), At(both.FineDensity, both.CoarseDensity),
                MarkdownTable.Cell(stored.Figure(rows => Gain(rows, both))));
        }

        return table.ToString();
    }

    /// <summary>A row's speed-up over our dense kernels.</summary>
    public static double? OverDense(SparseRow row) => row.OursDenseMs / row.OursMs;

    /// <summary>Instruction set, images and threads, as captions have them.</summary>
    public static string Conditions(SparseRow row) => $"N = {row.Batch}, {NetworkDocumentTables.Threads(row.Threads)}, {row.Isa}";

    private static string? ByDensity(StoredRuns runs, string filter, string over, Func<SparseRow, double?> figure)
    {
        if (runs.Sparse(Single) is not { } stored) return null;
        var alone = stored.Rows.Where(row => row.CoarseDensity == 1).ToArray();
        var densities = alone.Select(row => row.FineDensity).Distinct().OrderDescending().ToArray();
        var table = new MarkdownTable(
            $"Speed-up over {over}, geometric means of the {filter.Replace('x', '×')} layers, " +
            $"{Conditions(stored.Rows[0])};\n{stored.Count}.",
            ["pass", "zeros in", .. densities.Select(Zeros)]);
        foreach (var cell in alone.DistinctBy(row => (row.Pass, row.Cell)))
        {
            var means = densities.Select(density => stored.Mean(
                row => row.Layer.Contains(filter, StringComparison.Ordinal) && IsCase(row, cell, density, 1), figure));
            table.Add([cell.Pass, Operands(cell).Fine, .. means.Select(MarkdownTable.Cell)]);
        }

        return table.ToString();
    }

    private static double? Gain(IReadOnlyList<SparseRow> rows, SparseRow both)
    {
        var gains = new List<double>();
        foreach (var layer in rows.Where(IsLarge).GroupBy(row => row.Layer))
        {
            double? Milliseconds(double fine, double coarse) => layer.FirstOrDefault(row => IsCase(row, both, fine, coarse))?.OursMs;
            if (Milliseconds(both.FineDensity, both.CoarseDensity) is not { } together) return null;
            if (Milliseconds(both.FineDensity, 1) is not { } first || Milliseconds(1, both.CoarseDensity) is not { } second) return null;
            gains.Add(Math.Min(first, second) / together);
        }

        return gains.Count == 0 ? null : Statistics.GeometricMean(gains);
    }

    private static bool IsLarge(SparseRow row) => row.Layer.Contains(LargeFilter, StringComparison.Ordinal);

    private static bool IsCase(SparseRow row, SparseRow like, double fine, double coarse) =>
        row.Pass == like.Pass && row.Cell == like.Cell && row.FineDensity == fine && row.CoarseDensity == coarse;

    private static (string Fine, string Coarse) Operands(SparseRow row)
    {
        if (!Enum.TryParse<ConvolutionPass>(row.Pass, out var pass)) throw new InvalidDataException($"unknown pass '{row.Pass}'.");
        var cell = new SparseCell(pass, SparseCell.ParsePair(row.Cell, row.Layer));
        return (NameOf(cell, cell.Pair.Fine), NameOf(cell, cell.Pair.Coarse));
    }

    /// <summary>The zeros of a pass's result are those of a mask.</summary>
    private static string NameOf(SparseCell cell, Operand operand) => (operand, operand == cell.Result) switch
    {
        (Operand.Input, false) => "x",
        (Operand.Input, true) => "mask of dx",
        (Operand.Weight, false) => "w",
        (Operand.Weight, true) => "weight mask",
        (_, false) => "dy",
        _ => "mask of y",
    };

    /// <summary>What is jumped at once.</summary>
    private static string RunsOf(string operand) => operand switch
    {
        "w" => "w's groups",
        "x" or "dy" => $"{operand}'s channels",
        _ => $"the {operand}'s rows",
    };

    private static string Zeros(double density) => string.Create(CultureInfo.InvariantCulture, $"{100 * (1 - density):0.#} %");
}
