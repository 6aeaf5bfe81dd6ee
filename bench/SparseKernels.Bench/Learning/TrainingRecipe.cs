namespace SparseKernels.Bench.Learning;

/// <summary>How a model is trained, on both sides.</summary>
/// <param name="PeakRate">The learning rate after the warm-up.</param>
/// <param name="Momentum">SGD's momentum.</param>
/// <param name="WeightDecay">SGD's weight decay.</param>
/// <param name="Nesterov">Whether the momentum looks ahead.</param>
internal sealed record TrainingRecipe(float PeakRate = 0.05f, float Momentum = 0.9f, float WeightDecay = 5e-4f, bool Nesterov = false);
