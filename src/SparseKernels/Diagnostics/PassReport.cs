namespace SparseKernels.Diagnostics;

/// <summary>How a plan ran one pass so far, and what ran last.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Input">Density of x, or of the mask of dx, at the last call; null where it was not measured, since nothing was to be chosen.</param>
/// <param name="Weight">Density of w, or of the mask of dw; null where it was not measured.</param>
/// <param name="Output">Density of dy, or of the mask of y; null where it was not measured.</param>
/// <param name="Candidates">Every way to run it, the dense kernels first.</param>
public sealed record PassReport(
    ConvolutionPass Pass, OperandDensity? Input, OperandDensity? Weight, OperandDensity? Output, IReadOnlyList<CandidateReport> Candidates)
{
    /// <summary>How the tensors of its calls lay; plain ones count as channel-blocked.</summary>
    public BlockedLayout Layout { get; init; }

    /// <summary>What the last call ran, chosen or told; null before any.</summary>
    public CandidateReport? Chosen => Candidates.FirstOrDefault(candidate => candidate.IsChosen);

    /// <summary>Calls since the totals were reset.</summary>
    public long Calls => Candidates.Sum(candidate => candidate.Calls);

    /// <summary>Their time.</summary>
    public TimeSpan Time => Candidates.Aggregate(TimeSpan.Zero, (sum, candidate) => sum + candidate.Time);

    /// <summary>How much longer the dense kernels were expected to take.</summary>
    public TimeSpan Saved => Candidates.Aggregate(TimeSpan.Zero, (sum, candidate) => sum + candidate.Saved);
}
