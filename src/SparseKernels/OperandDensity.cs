namespace SparseKernels;

/// <summary>How much of an operand is not zero, as shares from 0 to 1: what the scheduler weighs kernels by.</summary>
/// <param name="Fine">Share of elements that are non-zero, or wanted where the operand is a pass's result.</param>
/// <param name="Coarse">
/// Share of the runs that kernels can jump which have such an element. Of x and dy: channels; of w: groups of 16 output channels, one input
/// channel and one filter row; of a mask: pixels of a block of 16 channels. 1 if not known.
/// </param>
public readonly record struct OperandDensity(double Fine, double Coarse = 1)
{
    /// <summary>No zeros, or none known.</summary>
    public static OperandDensity Full => new(1);
}
