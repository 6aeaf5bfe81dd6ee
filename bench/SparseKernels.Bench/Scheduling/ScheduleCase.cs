using SparseKernels.Bench.Sparsity;

namespace SparseKernels.Bench.Scheduling;

/// <summary>One row's question: a pass, and zeros in its operands.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Pattern">What the row calls the zeros.</param>
/// <param name="Patterns">The zeros, and the result's mask; a pattern of the result that is null leaves the call without a mask.</param>
/// <param name="FromLayers">
/// Whether the call gets what layers of our training library say: counted densities, and that they clear dx themselves. Otherwise the plan
/// estimates densities and clears the result, as for callers who say nothing.
/// </param>
internal sealed record ScheduleCase(ConvolutionPass Pass, string Pattern, OperandPatterns Patterns, bool FromLayers)
{
    /// <summary>The operand that the pass writes.</summary>
    public Operand Result => Pass switch
    {
        ConvolutionPass.Forward => Operand.Output,
        ConvolutionPass.BackwardData => Operand.Input,
        _ => Operand.Weight,
    };

    /// <summary>Whether the call says which elements of the result are wanted.</summary>
    public bool HasMask => Patterns.Of(Result) is not null;
}
