using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace SparseKernels.Bench.Suites;

/// <summary>Dense work of a whole convolution over its mean time, in 10⁹ operations a second, a multiply-add counted as two.</summary>
internal sealed class GflopsColumn : IColumn
{
    /// <inheritdoc/>
    public string Id => nameof(GflopsColumn);

    /// <inheritdoc/>
    public string ColumnName => "GFLOP/s";

    /// <inheritdoc/>
    public string Legend => "Dense work / mean time; a multiply-add is two operations";

    /// <inheritdoc/>
    public bool AlwaysShow => false;

    /// <inheritdoc/>
    public ColumnCategory Category => ColumnCategory.Custom;

    /// <inheritdoc/>
    public int PriorityInCategory => 0;

    /// <inheritdoc/>
    public bool IsNumeric => true;

    /// <inheritdoc/>
    public UnitType UnitType => UnitType.Dimensionless;

    /// <inheritdoc/>
    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(IsConvolution);

    /// <inheritdoc/>
    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => !IsConvolution(benchmarkCase);

    /// <inheritdoc/>
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        if (!IsConvolution(benchmarkCase) || summary[benchmarkCase]?.ResultStatistics is not { } statistics) return "-";
        var shape = ConvolutionSuite.ShapeOf((string)benchmarkCase.Parameters[nameof(ConvolutionSuite.Layer)], (int)benchmarkCase.Parameters[nameof(ConvolutionSuite.Batch)]);
        return $"{2.0 * shape.MultiplyAdds / statistics.Mean:F1}";
    }

    /// <inheritdoc/>
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    private static bool IsConvolution(BenchmarkCase benchmarkCase) => benchmarkCase.Descriptor.Type == typeof(ConvolutionSuite);
}
