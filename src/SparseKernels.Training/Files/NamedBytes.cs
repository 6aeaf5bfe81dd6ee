namespace SparseKernels.Training.Files;

/// <summary>A tensor of bytes in a safetensors file: type U8.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its sizes, outermost first; empty for a scalar.</param>
/// <param name="Values">Its elements, row-major: the array itself, not a copy.</param>
public sealed record NamedBytes(string Name, int[] Shape, byte[] Values);
