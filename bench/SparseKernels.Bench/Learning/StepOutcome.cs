namespace SparseKernels.Bench.Learning;

/// <summary>What a training step gave in single precision.</summary>
/// <param name="Loss">The loss before the update.</param>
/// <param name="State">Parameters and running statistics after it, in the order of our network's state.</param>
internal sealed record StepOutcome(double Loss, float[][] State);
