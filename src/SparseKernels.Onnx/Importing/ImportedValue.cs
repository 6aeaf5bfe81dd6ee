using SparseKernels.Training.Graphs;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Onnx.Importing;

/// <summary>What a layer writes.</summary>
/// <param name="Node">The tensor in the network.</param>
/// <param name="Features">The sizes that the layer gives it.</param>
internal readonly record struct ImportedValue(GraphNode Node, FeatureShape Features);
