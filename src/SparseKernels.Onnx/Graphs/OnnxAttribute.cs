namespace SparseKernels.Onnx.Graphs;

/// <summary>What an attribute of a node holds.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">
/// A <see cref="float"/>, <see cref="long"/>, <see cref="string"/>, <see cref="ConstantTensor"/>, an array of the first three, or null for a kind that no
/// operator here reads, such as a graph.
/// </param>
internal sealed record OnnxAttribute(string Name, object? Value);
