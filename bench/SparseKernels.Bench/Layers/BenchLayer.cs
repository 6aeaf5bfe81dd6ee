namespace SparseKernels.Bench.Layers;

/// <summary>A convolution layer with the name that tables show.</summary>
/// <param name="Name">As in the shapes file.</param>
/// <param name="Shape">The sizes; N is 1 until a batch is chosen.</param>
internal sealed record BenchLayer(string Name, ConvolutionShape Shape);
