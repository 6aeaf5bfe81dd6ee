namespace SparseKernels.Pruning;

/// <summary>What one comparison of output channels did.</summary>
/// <param name="PairsCompared">
/// Its work: pairs of runs (filters of two output channels for one input channel, by default) that were compared, and one for each
/// signature.
/// </param>
/// <param name="PairsPossible">Pairs that comparing all of them would have had.</param>
/// <param name="RunsFound">Runs that are nearly parallel to a stronger one.</param>
public readonly record struct SimilarityResult(long PairsCompared, long PairsPossible, int RunsFound);
