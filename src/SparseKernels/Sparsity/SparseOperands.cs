namespace SparseKernels.Sparsity;

/// <summary>What the caller knows of the operands' zeros, and if it wants to choose, whose are skipped.</summary>
/// <param name="Pair">
/// The two operands whose zeros are skipped; null, the default, leaves the choice to the plan's <see cref="ConvolutionOptions.Schedule"/>.
/// </param>
/// <remarks>
/// A pattern or density of an operand that is read is never needed: the passes find zeros in the operand itself, and densities not given
/// are estimated from samples of it. A pattern is a promise that everything outside it is zero. The pattern of the result must be given if
/// the pair holds the result. Wherever it is given, the result is zero outside it, unless <see cref="ClearsResult"/> says otherwise. One
/// object may serve many calls, changed between them.
/// </remarks>
public sealed record SparseOperands(OperandPair? Pair = null)
{
    /// <summary>Non-zeros of x, or the elements of dx that are wanted: <c>[N, C, H, W]</c>.</summary>
    public FineMask? Input { get; set; }

    /// <summary>
    /// BackwardWeights alone: the weights whose gradient is wanted. Forward and BackwardData take the weights' own zeros.
    /// </summary>
    public WeightPattern? Weight { get; set; }

    /// <summary>Non-zeros of dy, or the elements of y that are wanted: <c>[N, K, P, Q]</c>.</summary>
    public FineMask? Output { get; set; }

    /// <summary>The density of x, or of the mask of dx, if whoever wrote it counted, as shares from 0 to 1; null has it estimated.</summary>
    public OperandDensity? InputDensity { get; set; }

    /// <summary>The density of dy, or of the mask of y, if whoever wrote it counted, as shares from 0 to 1; null has it estimated.</summary>
    public OperandDensity? OutputDensity { get; set; }

    /// <summary>
    /// Whether elements of dx or y outside their mask must come out zero; true by default. False where the caller drops them itself, as a
    /// ReLU below does: they may then hold anything, even NaN, and kernels that don't skip them save a sweep. dw is cleared always.
    /// </summary>
    public bool ClearsResult { get; set; } = true;

    /// <summary>The mask of x or dy, or of a result in their place.</summary>
    internal FineMask? MaskOf(Operand operand) => operand == Operand.Input ? Input : Output;

    /// <summary>The density given for x or dy, or for a result in their place.</summary>
    internal OperandDensity? DensityOf(Operand operand) => operand == Operand.Input ? InputDensity : OutputDensity;
}
