using SparseKernels.Sparsity;

namespace SparseKernels.Bench.Sparsity;

/// <summary>The size of a coarse group of weights: so many channels along the lanes of the pass's vectors, one channel across.</summary>
/// <param name="Channels">Channels along the lanes.</param>
/// <param name="WholeFilter">All R·S taps rather than one filter row's S.</param>
internal readonly record struct WeightGroup(int Channels, bool WholeFilter)
{
    /// <summary>
    /// The group in a pattern's terms, where runs lie along the output channels; along the input channels it has no name there but one
    /// output channel's.
    /// </summary>
    public CoarseGroup For(OperandPair pair) => new(pair.Fine == Operand.Input ? Channels : 1, WholeFilter);
}
