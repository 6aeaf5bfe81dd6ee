namespace SparseKernels.Pruning;

/// <summary>Which pairs of runs a <see cref="SimilarityRule"/> compares.</summary>
public enum SimilaritySearch
{
    /// <summary>
    /// All pairs of a sample of output channels (PNPU, VLSI 2020). A share s of the channels has s² of the pairs, so it finds about s² of what
    /// all pairs give.
    /// </summary>
    Channels,

    /// <summary>
    /// Pairs of all output channels whose signatures meet: a run's signature is which of its weights are live and their signs, and it is
    /// looked up with its smallest weights turned or left out too (after Charikar 2002 and Lv et al. 2007). Parallel runs meet far more
    /// often than others, so few comparisons find most of what all pairs give.
    /// </summary>
    Signatures,
}
