namespace SparseKernels.Training.Pruning;

/// <summary>What a checkpoint keeps of pruning beside the masks.</summary>
/// <param name="Steps">Steps that the pruning unit took.</param>
/// <param name="Strategy">The strategy's name.</param>
/// <param name="Numbers">The strategy's numbers.</param>
/// <param name="ValidationAccuracy">The accuracy last measured; null before the first time and once those images are trained on.</param>
/// <param name="HoldsOut">Whether the epoch in progress trains without the validation images.</param>
/// <param name="Kept">The state that may come back; null if there is none.</param>
internal sealed record PruningProgress(
    long Steps, string Strategy, IReadOnlyDictionary<string, double> Numbers, double? ValidationAccuracy, bool HoldsOut, KeptState? Kept);
