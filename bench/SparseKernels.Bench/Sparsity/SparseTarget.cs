namespace SparseKernels.Bench.Sparsity;

/// <summary>What a case should reach.</summary>
/// <param name="Case">Cell and densities.</param>
/// <param name="Value">The figure.</param>
/// <param name="IsGain">The figure is a speed-up over the better of the two operands alone, rather than a multiple of the FMA peak.</param>
internal sealed record SparseTarget(SparseCase Case, double Value, bool IsGain);
