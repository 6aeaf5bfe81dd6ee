namespace SparseKernels.Training.Layers;

/// <summary>The plan of one convolution of a network.</summary>
/// <param name="Name">The layer's path: <c>layer1.0.conv1</c>.</param>
/// <param name="Plan">What runs its passes; owned by the layer, and another one once the network is built for another batch.</param>
public sealed record LayerPlan(string Name, ConvolutionPlan Plan);
