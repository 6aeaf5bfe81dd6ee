using SparseKernels.Sparsity;

namespace SparseKernels.Training.Distribution;

/// <summary>A part of a tensor's gradient in a buffer.</summary>
/// <param name="Gradient">The whole gradient.</param>
/// <param name="Mask">What is kept of it; null for all.</param>
/// <param name="First">Its first element that is there.</param>
/// <param name="At">Where in the buffer.</param>
/// <param name="Length">Values in the buffer.</param>
internal readonly record struct PackedPart(Memory<float> Gradient, WeightPattern? Mask, int First, int At, int Length);
