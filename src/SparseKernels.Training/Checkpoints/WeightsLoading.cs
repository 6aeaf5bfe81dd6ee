namespace SparseKernels.Training.Checkpoints;

/// <summary>How a weights file must fit a network.</summary>
/// <param name="Strict">Whether every tensor must be there, fit and be wanted; else what fits is taken and the rest stays as it is.</param>
/// <param name="NewHead">
/// Whether the last layer may be missing or of another number of classes: then it keeps its present values, the first ones of a network just
/// made.
/// </param>
public sealed record WeightsLoading(bool Strict = true, bool NewHead = false);
