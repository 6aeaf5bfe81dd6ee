namespace SparseKernels.Diagnostics;

/// <summary>What a plan knows of one way to run a pass.</summary>
/// <param name="Pair">The pair of operands whose zeros are skipped; null for the dense kernels.</param>
/// <param name="WhyNot">Why no kernel serves it for this shape; null if one does, or if it never promised to be worth asking.</param>
/// <param name="IsChosen">Whether the last call ran it, by choice or because it was told to.</param>
/// <param name="Predicted">
/// Time of the last call if it had run this way, by the cost model alone; null where it could not, or nothing was predicted.
/// </param>
/// <param name="Expected">The same corrected by the times seen.</param>
/// <param name="LastTime">Time of the last call that ran this way; zero before any.</param>
/// <param name="Calls">Calls that ran this way since the totals were reset.</param>
/// <param name="Time">Their time.</param>
/// <param name="Saved">
/// How much longer the dense kernels would have taken for them, by predictions corrected by the times seen; negative where they would have
/// been faster.
/// </param>
public sealed record CandidateReport(
    OperandPair? Pair, string? WhyNot, bool IsChosen, TimeSpan? Predicted, TimeSpan? Expected, TimeSpan LastTime, long Calls, TimeSpan Time, TimeSpan Saved)
{
    /// <summary>The pair as <see cref="KernelSchedule.Parse"/> reads it: <c>dense</c>, <c>input-weight</c>.</summary>
    public string Name => (Pair is { } pair ? KernelSchedule.Forced(pair) : KernelSchedule.Dense).ToString();
}
