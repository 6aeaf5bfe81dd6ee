using SparseKernels.Training.Layers;

namespace SparseKernels.Training.Graphs;

/// <summary>A layer at its place in a graph.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Inputs">The tensors that it reads: 0 for the graph's input, i + 1 for the output of the i-th layer.</param>
/// <param name="Sums">Where the time goes that adding up its inputs' gradients takes: its own, or that of the composite around it.</param>
internal sealed record PlacedLayer(Layer Layer, int[] Inputs, LayerTiming Sums);
