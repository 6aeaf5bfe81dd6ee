using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Stretches;

/// <summary>What a graph is built for.</summary>
/// <param name="Images">Images of a batch.</param>
/// <param name="Image">The sizes of one.</param>
/// <param name="Trains">Whether Backward may follow.</param>
internal readonly record struct StretchSize(int Images, FeatureShape Image, bool Trains);
