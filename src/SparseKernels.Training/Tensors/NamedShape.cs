namespace SparseKernels.Training.Tensors;

/// <summary>An input or output of a network.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Image">The sizes for one image.</param>
public sealed record NamedShape(string Name, FeatureShape Image);
