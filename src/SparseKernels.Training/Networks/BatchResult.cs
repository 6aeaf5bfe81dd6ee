namespace SparseKernels.Training.Networks;

/// <summary>What one batch gave.</summary>
/// <param name="Loss">The mean cross-entropy of its images, in nats.</param>
/// <param name="Correct">Images whose largest logit was their label's (top 1; of equal logits the first counts).</param>
/// <param name="Count">Images.</param>
public readonly record struct BatchResult(double Loss, int Correct, int Count);
