namespace SparseKernels.Training.Files;

/// <summary>A tensor of any element type as a safetensors file holds it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its elements' type, as <see cref="ElementTypes"/> has them.</param>
/// <param name="Shape">Its sizes, outermost first; empty for a scalar.</param>
/// <param name="Values">Gives its elements, row-major and little-endian, as often as it is asked.</param>
internal sealed record TensorBytes(string Name, string Type, int[] Shape, Func<ReadOnlySpan<byte>> Values);
