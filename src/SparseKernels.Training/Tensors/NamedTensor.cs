namespace SparseKernels.Training.Tensors;

/// <summary>A parameter or buffer as checkpoints see it.</summary>
/// <param name="Name">Its name, PyTorch style: <c>features.0.weight</c>.</param>
/// <param name="Shape">Its sizes, outermost first; empty for a scalar.</param>
/// <param name="Values">Its elements, row-major: the array itself, not a copy.</param>
public sealed record NamedTensor(string Name, int[] Shape, float[] Values);
