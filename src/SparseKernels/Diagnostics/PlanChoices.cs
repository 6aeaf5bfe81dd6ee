namespace SparseKernels.Diagnostics;

/// <summary>The pairs of operands whose zeros a plan's passes skip; null where the dense kernels run.</summary>
/// <param name="Forward">Of Forward.</param>
/// <param name="BackwardData">Of BackwardData.</param>
/// <param name="BackwardWeights">Of BackwardWeights.</param>
public readonly record struct PlanChoices(OperandPair? Forward, OperandPair? BackwardData, OperandPair? BackwardWeights);
