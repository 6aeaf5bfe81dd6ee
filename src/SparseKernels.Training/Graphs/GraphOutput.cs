namespace SparseKernels.Training.Graphs;

/// <summary>A tensor that a graph gives out.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Tensor">The tensor: i + 1 for the output of the i-th layer.</param>
internal sealed record GraphOutput(string Name, int Tensor);
