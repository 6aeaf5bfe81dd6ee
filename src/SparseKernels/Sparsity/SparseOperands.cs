namespace SparseKernels;

/// <summary>Which operands' zeros a call skips, and what the caller knows of them already.</summary>
/// <param name="Pair">The two operands.</param>
/// <remarks>
/// A pattern of an operand that is read is a promise that everything outside it is zero. It is never needed: today's passes find those
/// zeros in the operand itself.
/// The pattern of the result must be given if the pair holds the result, and the result is zero outside it.
/// </remarks>
public sealed record SparseOperands(OperandPair Pair)
{
    /// <summary>Non-zeros of x, or the elements of dx that are wanted: <c>[N, C, H, W]</c>.</summary>
    public FineMask? Input { get; init; }

    /// <summary>BackwardWeights alone: the weights whose gradient is wanted. Forward and BackwardData take the weights' own zeros.</summary>
    public WeightPattern? Weight { get; init; }

    /// <summary>Non-zeros of dy, or the elements of y that are wanted: <c>[N, K, P, Q]</c>.</summary>
    public FineMask? Output { get; init; }
}
