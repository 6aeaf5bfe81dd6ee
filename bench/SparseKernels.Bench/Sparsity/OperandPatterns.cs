namespace SparseKernels.Bench.Sparsity;

/// <summary>Which elements of a layer's operands are non-zero, or wanted, in the order of the plain tensors; null where all are.</summary>
/// <param name="Input">x or dx, <c>[N, C, H, W]</c>.</param>
/// <param name="Weight">w or dw, <c>[K, C/Groups, R, S]</c>.</param>
/// <param name="Output">y or dy, <c>[N, K, P, Q]</c>.</param>
internal sealed record OperandPatterns(bool[]? Input, bool[]? Weight, bool[]? Output)
{
    /// <summary>No zero anywhere.</summary>
    public static OperandPatterns Full { get; } = new(null, null, null);

    /// <summary>One operand's pattern.</summary>
    public bool[]? Of(Operand operand) => operand switch { Operand.Input => Input, Operand.Weight => Weight, _ => Output };

    /// <summary>The same with another pattern of one operand.</summary>
    public OperandPatterns With(Operand operand, bool[]? live) => operand switch
    {
        Operand.Input => this with { Input = live },
        Operand.Weight => this with { Weight = live },
        _ => this with { Output = live },
    };

    /// <summary>Share of an operand's elements that are live.</summary>
    public double DensityOf(Operand operand) => Of(operand) is { } live ? (double)live.Count(bit => bit) / live.Length : 1;
}
