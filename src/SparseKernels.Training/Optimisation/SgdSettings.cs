namespace SparseKernels.Training.Optimisation;

/// <summary>What <see cref="Sgd"/> and pruning's form of it are made with, beside their parameters.</summary>
/// <param name="Momentum">0 to 1, 1 excluded.</param>
/// <param name="WeightDecay">The factor of w that is added to the gradient; 0 or more.</param>
/// <param name="Nesterov">Whether to look ahead along the momentum.</param>
/// <param name="Threads">Threads to use; 1 or more.</param>
internal readonly record struct SgdSettings(float Momentum, float WeightDecay, bool Nesterov, int Threads);
