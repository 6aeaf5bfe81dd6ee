namespace SparseKernels.Diagnostics;

/// <summary>What each pass of a plan chose last; no choice at all for the default value.</summary>
/// <param name="Forward">Of Forward.</param>
/// <param name="BackwardData">Of BackwardData.</param>
/// <param name="BackwardWeights">Of BackwardWeights.</param>
public readonly record struct PlanChoices(PassChoice Forward, PassChoice BackwardData, PassChoice BackwardWeights)
{
    /// <summary>As if every pass had last chosen the dense kernels.</summary>
    public static PlanChoices Dense { get; } = new(PassChoice.Dense, PassChoice.Dense, PassChoice.Dense);
}
