using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>A node together with what is known of the values that it reads.</summary>
/// <param name="node">The node.</param>
/// <param name="opset">The version of the standard's operators.</param>
/// <param name="constants">Values that are known.</param>
/// <param name="shapes">Sizes of the values that depend on the network's input, for one image.</param>
internal sealed class OperatorCall(
    OnnxNode node, int opset, IReadOnlyDictionary<string, ConstantTensor> constants, IReadOnlyDictionary<string, int[]> shapes)
{
    public OnnxNode Node => node;

    public int Opset => opset;

    /// <summary>A value that is known; null if it isn't, or if the optional input is left out.</summary>
    public ConstantTensor? Constant(int input) => node.HasInput(input) ? constants.GetValueOrDefault(node.Inputs[input]) : null;

    /// <summary>A value that has to be known.</summary>
    /// <exception cref="InvalidDataException">It depends on the network's input, or isn't there.</exception>
    public ConstantTensor Known(int input) =>
        Constant(input)
            ?? throw new InvalidDataException(node.HasInput(input) ? $"input '{node.Inputs[input]}' must be constant." : $"input {input} is missing.");

    /// <summary>The sizes of an input.</summary>
    /// <exception cref="InvalidDataException">The input isn't there.</exception>
    public int[] Shape(int input)
    {
        if (!node.HasInput(input)) throw new InvalidDataException($"input {input} is missing.");
        return constants.TryGetValue(node.Inputs[input], out var constant) ? constant.Shape : shapes[node.Inputs[input]];
    }

    /// <summary>The sizes of an input that must be images, <c>[N, C, H, W]</c>.</summary>
    /// <exception cref="InvalidDataException">It has another number of sizes.</exception>
    public int[] Image(int input) =>
        Shape(input) is { Length: 4 } shape ? shape
            : throw new InvalidDataException($"input {input} must have the sizes [N, C, H, W], got {TensorShape.Text(Shape(input))}.");

    /// <summary>What is an attribute in some versions of an operator and a constant input in others; null if it is neither.</summary>
    public long[]? Integers(string attribute, int input) => node.Integers(attribute) ?? (node.HasInput(input) ? Known(input).Integers : null);

    /// <summary>As <see cref="Integers"/>, of floats.</summary>
    public float[]? Floats(string attribute, int input) => node.Floats(attribute) ?? (node.HasInput(input) ? Known(input).Floats : null);

    /// <summary>As <see cref="Integers"/>, of one float.</summary>
    public float Float(string attribute, int input, float byDefault) =>
        node.HasAttribute(attribute) ? node.Float(attribute, byDefault) : node.HasInput(input) ? Known(input).Single() : byDefault;
}
