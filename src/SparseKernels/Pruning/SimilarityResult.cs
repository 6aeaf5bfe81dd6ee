namespace SparseKernels.Pruning;

/// <summary>What one comparison of output channels did.</summary>
/// <param name="PairsCompared">Pairs of output channels (or of blocks of them) that were compared.</param>
/// <param name="PairsPossible">Pairs that comparing all of them would have had.</param>
/// <param name="RunsPruned">Runs that became zero.</param>
public readonly record struct SimilarityResult(long PairsCompared, long PairsPossible, int RunsPruned);
