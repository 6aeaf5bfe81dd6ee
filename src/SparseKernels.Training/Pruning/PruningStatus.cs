using SparseKernels.Pruning.Strategies;

namespace SparseKernels.Training.Pruning;

/// <summary>How far pruning is.</summary>
/// <param name="Strategy">The strategy's name.</param>
/// <param name="Sparsity">Share of the pruned layers' weights that are zero, 0 to 1.</param>
/// <param name="CoarseSparsity">Share of their coarse groups that are zero as a whole, 0 to 1.</param>
/// <param name="CoarseShare">Share of their zeros that lie in such groups, 0 to 1.</param>
/// <param name="ValidationAccuracy">
/// The accuracy last measured on the validation images; null before the first time and once they are trained on.
/// </param>
/// <param name="Gate">Where the accuracy gate stands; null for strategies without one.</param>
public sealed record PruningStatus(
    string Strategy, double Sparsity, double CoarseSparsity, double CoarseShare, double? ValidationAccuracy, AccuracyGateState? Gate);
