namespace SparseKernels.Onnx.Rewriting;

/// <summary>Operators that the standard hasn't, which rewritten graphs hold.</summary>
internal static class ReadOperators
{
    /// <summary><c>x · sigmoid(x)</c>.</summary>
    public const string Silu = "Silu";

    /// <summary>A fully connected layer: x, weights, and a bias perhaps. Attribute <c>transB</c> as Gemm's: weights are <c>[K, C]</c> where it is 1.</summary>
    public const string Linear = "Linear";

    /// <summary>A factor and an addend for each channel: x, <c>scale [C]</c>, <c>shift [C]</c>.</summary>
    public const string Affine = "Affine";
}
