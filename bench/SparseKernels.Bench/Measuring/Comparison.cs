namespace SparseKernels.Bench.Measuring;

/// <summary>What <see cref="InterleavedTimer"/> found.</summary>
/// <param name="OursMs">Median milliseconds of one call of ours.</param>
/// <param name="PeerMs">Median milliseconds of one call of the peer; null without one.</param>
/// <param name="Ratio">Median of the rounds' peer / ours; above 1 we are faster; null without a peer.</param>
/// <param name="Rounds">Rounds measured.</param>
internal sealed record Comparison(double OursMs, double? PeerMs, double? Ratio, int Rounds);
