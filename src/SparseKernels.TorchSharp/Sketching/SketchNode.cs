using SparseKernels.Training.Graphs;

namespace SparseKernels.TorchSharp.Sketching;

/// <summary>
/// A tensor inside a stretch that is being described. A batch normalisation stays open as long as what follows may become part of it: a ReLU,
/// a pooling or a sum.
/// </summary>
/// <param name="Node">The tensor, or what the open normalisation reads.</param>
/// <param name="Rank">Its dimensions: 4 for images, 2 for rows.</param>
/// <param name="Norm">The open normalisation; null for none.</param>
/// <param name="HasRelu">Whether a ReLU is part of it.</param>
internal readonly record struct SketchNode(GraphNode Node, int Rank, TorchModules.BatchNorm2d? Norm = null, bool HasRelu = false);
