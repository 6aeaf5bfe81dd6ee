using SparseKernels.Passes.Frame;

namespace SparseKernels.Passes;

/// <summary>A pass with a pair of operands, and the way that skips their zeros.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Fine">The operand whose zeros are skipped one by one.</param>
/// <param name="Coarse">The operand whose runs of zeros are jumped.</param>
/// <param name="Layout">How its tensors lie.</param>
/// <param name="Way">The way: a <see cref="SparseTapWay"/>, or a <see cref="SparseGradientWay"/> for BackwardWeights.</param>
internal sealed record PassCell(ConvolutionPass Pass, Operand Fine, Operand Coarse, BlockedLayout Layout, PassWay Way);
