namespace SparseKernels.Diagnostics;

/// <summary>What each pass of a plan chose last, in the layout of its last call; no choice at all for the default value.</summary>
/// <param name="Forward">Of Forward.</param>
/// <param name="BackwardData">Of BackwardData.</param>
/// <param name="BackwardWeights">Of BackwardWeights.</param>
/// <param name="Layout">How the tensors of the calls lay; plain ones count as channel-blocked.</param>
public readonly record struct PlanChoices(
    PassChoice Forward, PassChoice BackwardData, PassChoice BackwardWeights, BlockedLayout Layout = BlockedLayout.ChannelBlocked)
{
    /// <summary>As if every pass had last chosen the dense kernels.</summary>
    public static PlanChoices Dense { get; } = new(PassChoice.Dense, PassChoice.Dense, PassChoice.Dense);
}
