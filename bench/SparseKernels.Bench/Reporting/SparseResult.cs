using SparseKernels.Bench.Sparsity;

namespace SparseKernels.Bench.Reporting;

/// <summary>A row, and what the table shows of it besides.</summary>
/// <param name="Row">The row.</param>
/// <param name="Case">What was asked.</param>
/// <param name="Shape">The layer.</param>
/// <param name="DenseSpeedUp">Median of our dense / ours over the rounds.</param>
/// <param name="WorkLeft">Share of the dense work that the pair's zeros leave.</param>
/// <param name="OverheadShare">Time of the same call with nothing left to multiply, over ours.</param>
/// <param name="PackingMs">Milliseconds of packing new weights with new zeros; null where a pass reads no weights.</param>
/// <param name="ValuesMs">Milliseconds of taking new values where the zeros stay; null where a pass reads no weights.</param>
/// <param name="WhyDense">Why the dense kernels served the cell; null if sparse ones did.</param>
internal sealed record SparseResult(
    SparseRow Row, SparseCase Case, ConvolutionShape Shape, double DenseSpeedUp, double WorkLeft, double OverheadShare, double? PackingMs, double? ValuesMs, string? WhyDense);
