namespace SparseKernels.Pruning;

/// <summary>What share a magnitude threshold is chosen from.</summary>
public enum MagnitudeScope
{
    /// <summary>Each layer by itself: all reach the same sparsity.</summary>
    Layer,

    /// <summary>All layers together: one threshold, and layers of small weights get sparser.</summary>
    Global,
}
