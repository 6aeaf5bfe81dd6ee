using SparseKernels.Training.Optimisation;

namespace SparseKernels.Bench.Learning;

/// <summary>How a model is trained, on both sides: the defaults of our own training command.</summary>
/// <param name="PeakRate">The learning rate after the warm-up.</param>
/// <param name="WarmUp">The warm-up's share of all steps.</param>
/// <param name="Momentum">SGD's momentum.</param>
/// <param name="WeightDecay">SGD's weight decay.</param>
/// <param name="Nesterov">Whether the momentum looks ahead.</param>
/// <param name="Seed">What order and augmentation of the images derive from.</param>
internal sealed record TrainingRecipe(
    float PeakRate = 0.05f, float WarmUp = 0.05f, float Momentum = 0.9f, float WeightDecay = 5e-4f, bool Nesterov = true, ulong Seed = 0)
{
    /// <summary>The learning rate over the run: a warm-up, then half a cosine.</summary>
    /// <param name="steps">Steps of the whole run.</param>
    public ILearningRateSchedule Schedule(long steps) => new CosineSchedule(PeakRate, steps, (long)(steps * (double)WarmUp));
}
