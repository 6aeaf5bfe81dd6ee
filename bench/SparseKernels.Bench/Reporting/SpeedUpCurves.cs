using SparseKernels.Bench.Measuring;

namespace SparseKernels.Bench.Reporting;

/// <summary>A cell's speed-up over our dense kernels against the share of zeros.</summary>
/// <param name="Cell">The pair of operands, the sparse one first.</param>
/// <param name="Sparsity">Shares of zeros in the fine operand, rising.</param>
/// <param name="SpeedUp">Geometric mean over the layers for each.</param>
internal sealed record SpeedUpCurve(string Cell, double[] Sparsity, double[] SpeedUp);

/// <summary>What a plot of one pass shows.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Layers">Layers that the means are over.</param>
/// <param name="Cells">One curve for each cell with one sparse operand.</param>
/// <param name="Peer">libtorch's speed-up over our dense kernels; null if it was not measured.</param>
internal sealed record SpeedUpCurves(string Pass, int Layers, IReadOnlyList<SpeedUpCurve> Cells, double? Peer)
{
    /// <summary>Sums rows up, by pass.</summary>
    /// <param name="rows">Rows of <c>ratios sparse</c>; those whose coarse operand has zeros too are left out.</param>
    /// <returns>A pass for each that has rows.</returns>
    public static IReadOnlyList<SpeedUpCurves> Of(IEnumerable<SparseRow> rows) =>
        [.. rows.Where(row => row.CoarseDensity == 1).GroupBy(row => row.Pass).Select(pass => OfPass(pass.Key, [.. pass]))];

    private static SpeedUpCurves OfPass(string pass, SparseRow[] rows)
    {
        var layers = rows.Select(row => row.Layer).Distinct().Count();
        var cells = rows.GroupBy(row => row.Cell).Select(cell =>
        {
            // A density that only some layers have would be a mean over others than its neighbours'.
            var points = cell.GroupBy(row => row.FineDensity).Where(density => density.Count() == layers).OrderByDescending(density => density.Key).ToArray();
            return new SpeedUpCurve(
                cell.Key, [.. points.Select(point => 1 - point.Key)],
                [.. points.Select(point => Mean(point, row => row.OursDenseMs / row.OursMs))]);
        });
        var compared = rows.Where(row => row.PeerMs.HasValue).ToArray();
        return new SpeedUpCurves(
            pass, layers, [.. cells.Where(cell => cell.Sparsity.Length > 0)],
            compared.Length == 0 ? null : Mean(compared, row => row.OursDenseMs / row.PeerMs!.Value));
    }

    private static double Mean(IEnumerable<SparseRow> rows, Func<SparseRow, double> figure) =>
        Statistics.GeometricMean([.. rows.Select(figure)]);
}
