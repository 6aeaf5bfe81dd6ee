using System.Globalization;

namespace SparseKernels.Onnx;

/// <summary>One size of an input or output of a model (TensorShapeProto.Dimension of the ONNX standard).</summary>
/// <param name="Size">The size; null where the model leaves it open.</param>
/// <param name="Name">What the model calls an open size, <c>batch</c>; null if it has no name.</param>
public readonly record struct OnnxDimension(int? Size, string? Name)
{
    /// <inheritdoc/>
    public override string ToString() => Size?.ToString(CultureInfo.InvariantCulture) ?? Name ?? "?";
}
