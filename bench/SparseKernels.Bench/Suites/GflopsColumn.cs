using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace SparseKernels.Bench.Suites;

/// <summary>Dense work of a convolution or kernel over its mean time, in 10⁹ operations a second, a multiply-add counted as two.</summary>
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
    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(benchmark => Operations(benchmark) > 0);

    /// <inheritdoc/>
    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => Operations(benchmarkCase) == 0;

    /// <inheritdoc/>
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var operations = Operations(benchmarkCase);
        return operations > 0 && summary[benchmarkCase]?.ResultStatistics is { } statistics ? $"{operations / statistics.Mean:F1}" : "-";
    }

    /// <inheritdoc/>
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    /// <summary>Operations of one call; 0 where a benchmark does no arithmetic.</summary>
    private static long Operations(BenchmarkCase benchmarkCase)
    {
        var parameters = benchmarkCase.Parameters;
        if (benchmarkCase.Descriptor.Type == typeof(ConvolutionSuite))
            return 2 * ConvolutionSuite.ShapeOf((string)parameters[nameof(ConvolutionSuite.Layer)], (int)parameters[nameof(ConvolutionSuite.Batch)]).MultiplyAdds;
        if (benchmarkCase.Descriptor.Type == typeof(SparseSuite))
            return 2 * ConvolutionSuite.ShapeOf((string)parameters[nameof(SparseSuite.Layer)], (int)parameters[nameof(SparseSuite.Batch)]).MultiplyAdds;
        if (benchmarkCase.Descriptor.Type != typeof(KernelSuite)) return 0;
        using var loop = KernelSuite.LoopOf((string)parameters[nameof(KernelSuite.Kernel)]);
        return loop.Operations;
    }
}
