namespace SparseKernels.Scheduling.Choice;

/// <summary>How one call runs.</summary>
/// <param name="Index">The candidate.</param>
/// <param name="Pair">Its pair; null for dense.</param>
/// <param name="Predicted">Seconds by the cost model alone; NaN where nothing was predicted.</param>
/// <param name="DensePredicted">The same of the dense kernels.</param>
internal readonly record struct Decision(int Index, OperandPair? Pair, double Predicted, double DensePredicted);
