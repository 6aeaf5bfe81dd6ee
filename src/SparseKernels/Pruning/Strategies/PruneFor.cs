namespace SparseKernels.Pruning.Strategies;

/// <summary>What pruning is to gain.</summary>
public enum PruneFor
{
    /// <summary>Few weights: one weight is worth as much as another.</summary>
    Size,

    /// <summary>
    /// Short training steps: a weight is worth the time that its zero is predicted to save (<see cref="PrunedLayer.StepSeconds"/>). As the loss
    /// that a pruned weight costs grows with its square (LeCun et al. 1990), thresholds go with the square root of that time.
    /// </summary>
    Time,
}
