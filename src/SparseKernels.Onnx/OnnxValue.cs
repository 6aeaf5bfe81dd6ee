namespace SparseKernels.Onnx;

/// <summary>An input or output of a model (ValueInfoProto of the ONNX standard).</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">The standard's name of its elements' type: <c>FLOAT</c>.</param>
/// <param name="Shape">Its sizes, outermost first; null where the model doesn't even say how many there are.</param>
public sealed record OnnxValue(string Name, string ElementType, IReadOnlyList<OnnxDimension>? Shape)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} {ElementType} {(Shape is null ? "of any shape" : $"[{string.Join(", ", Shape)}]")}";
}
