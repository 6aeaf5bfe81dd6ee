namespace SparseKernels.Passes.Frame;

/// <summary>A way to run a pass: the dense kernels, or those that skip the zeros of a pair of operands.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Pair">The pair; null for the dense kernels.</param>
/// <param name="Layout">How its tensors lie; those of a plain tensor's call are packed to be channel-blocked.</param>
internal readonly record struct Candidate(ConvolutionPass Pass, OperandPair? Pair, BlockedLayout Layout = BlockedLayout.ChannelBlocked)
{
    /// <summary>The operand whose elements a pass writes.</summary>
    public static Operand ResultOf(ConvolutionPass pass) => pass switch
    {
        ConvolutionPass.Forward => Operand.Output,
        ConvolutionPass.BackwardData => Operand.Input,
        _ => Operand.Weight,
    };

    /// <summary>Whether it can run without knowing which elements of the result are wanted.</summary>
    public bool NeedsNoMask => Pair is not { } pair || !pair.Contains(ResultOf(Pass));

    public override string ToString() => Pair is { } pair ? $"{pair.Fine}-{pair.Coarse}".ToLowerInvariant() : "dense";
}
