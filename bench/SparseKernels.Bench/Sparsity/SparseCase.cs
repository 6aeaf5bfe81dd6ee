namespace SparseKernels.Bench.Sparsity;

/// <summary>One row's question: a cell at two densities.</summary>
/// <param name="Cell">Pass and pair.</param>
/// <param name="FineDensity">Share of the fine operand's elements that are non-zero or wanted.</param>
/// <param name="CoarseDensity">Share of the coarse operand's runs that are live.</param>
internal readonly record struct SparseCase(SparseCell Cell, double FineDensity, double CoarseDensity);
