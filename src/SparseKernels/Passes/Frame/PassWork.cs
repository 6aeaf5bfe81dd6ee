namespace SparseKernels.Passes.Frame;

/// <summary>What a call has to do, as far as its time depends on it.</summary>
/// <param name="Shape">The sizes.</param>
/// <param name="Threads">Threads that share it.</param>
/// <param name="Input">Density of x, or of the mask of dx.</param>
/// <param name="Weight">Density of w, or of the mask of dw.</param>
/// <param name="Output">Density of dy, or of the mask of y.</param>
/// <param name="PacksWeights">Whether the weights changed since they were last packed, so that packing them is part of the call.</param>
/// <param name="ClearsResult">Whether what kernels write outside the mask of dx or y must be cleared.</param>
internal readonly record struct PassWork(
    ConvolutionShape Shape, int Threads, OperandDensity Input, OperandDensity Weight, OperandDensity Output, bool PacksWeights, bool ClearsResult = false)
{
    /// <summary>An operand's density.</summary>
    public OperandDensity Of(Operand operand) => operand switch
    {
        Operand.Input => Input,
        Operand.Weight => Weight,
        _ => Output,
    };
}
