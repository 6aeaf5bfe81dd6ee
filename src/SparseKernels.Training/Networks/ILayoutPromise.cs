namespace SparseKernels.Training.Networks;

/// <summary>What tensors in the other layout would be worth.</summary>
internal interface ILayoutPromise
{
    /// <summary>
    /// The time that all passes of the convolutions are predicted to take in the other layout, over that in this one; infinite where nothing
    /// was predicted yet.
    /// </summary>
    double PromiseOfOtherLayout();
}
