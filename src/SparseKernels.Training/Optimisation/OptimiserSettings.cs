using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Optimisation;

/// <summary>What an optimiser and pruning's form of it are made with, beside their parameters.</summary>
/// <param name="Momentum">SGD's momentum; 0 to 1, 1 excluded.</param>
/// <param name="WeightDecay">SGD's factor of w that is added to the gradient; 0 or more.</param>
/// <param name="Nesterov">Whether SGD looks ahead along the momentum.</param>
/// <param name="AdamW">AdamW's numbers if that is to be used; null for SGD.</param>
/// <param name="Threads">Threads to use; 1 or more.</param>
internal readonly record struct OptimiserSettings(float Momentum, float WeightDecay, bool Nesterov, AdamWSettings? AdamW, int Threads)
{
    /// <summary>The optimiser of some parameters that nothing prunes.</summary>
    public IOptimiser Create(IEnumerable<Parameter> parameters) =>
        AdamW is not null ? new AdamW(parameters, AdamW, Threads) : new Sgd(parameters, Momentum, WeightDecay, Nesterov, Threads);
}
