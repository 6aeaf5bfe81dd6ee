namespace SparseKernels.Bench.Scheduling;

/// <summary>Zeros of one operand, or the elements of a result that are not wanted.</summary>
/// <param name="Operand">The operand.</param>
/// <param name="Percent">Share of its elements, in percent.</param>
/// <param name="InRuns">Whether whole runs are zero: channels of x and dy, groups of w; otherwise they fall on every element alike.</param>
internal readonly record struct OperandZeros(Operand Operand, int Percent, bool InRuns = false)
{
    /// <summary>As <c>x50%</c>, <c>dy50%-channels</c> or <c>w50%-groups</c>.</summary>
    public string NameIn(ConvolutionPass pass) =>
        $"{LetterIn(pass)}{Percent}%{(!InRuns ? "" : Operand == Operand.Weight ? "-groups" : "-channels")}";

    private string LetterIn(ConvolutionPass pass) => Operand switch
    {
        Operand.Input => pass == ConvolutionPass.BackwardData ? "dx" : "x",
        Operand.Weight => pass == ConvolutionPass.BackwardWeights ? "dw" : "w",
        _ => pass == ConvolutionPass.Forward ? "y" : "dy",
    };
}
