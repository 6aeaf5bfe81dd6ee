namespace SparseKernels.Bench.Scheduling;

/// <summary>What becomes of the weights between two calls.</summary>
internal enum WeightUse
{
    /// <summary>They stay, as in inference: packed once.</summary>
    Kept,

    /// <summary>New values where their zeros are, as a training step with a mask brings.</summary>
    Values,

    /// <summary>New values and zeros, as a training step without a mask brings.</summary>
    New,
}
