using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>The operators that become layers, with the sizes of their results.</summary>
internal static class OperatorShapes
{
    private static readonly Dictionary<string, Func<OperatorCall, int[]>> s_operators = new(StringComparer.Ordinal)
    {
        ["Conv"] = ConvolutionWindow.Shape,
        ["ConvTranspose"] = call => TransposedWindow.Of(call).Shape(call),
        ["MaxPool"] = call => PoolingForm.Of(call).Shape(call),
        ["AveragePool"] = call => PoolingForm.Of(call).Shape(call),
        ["GlobalAveragePool"] = call => [.. call.Image(0)[..2], 1, 1],
        ["GlobalMaxPool"] = call => [.. call.Image(0)[..2], 1, 1],
        ["ReduceMean"] = Reduction.Shape,
        ["BatchNormalization"] = BatchNormalisation,
        ["InstanceNormalization"] = call => call.Image(0),
        ["GroupNormalization"] = call => call.Image(0),
        ["Relu"] = call => call.Shape(0),
        ["LeakyRelu"] = call => call.Shape(0),
        ["PRelu"] = WithSlopes,
        ["Clip"] = call => call.Shape(0),
        ["Sigmoid"] = call => call.Shape(0),
        ["HardSigmoid"] = call => call.Shape(0),
        ["HardSwish"] = call => call.Shape(0),
        ["Softmax"] = call => call.Shape(0),
        ["Dropout"] = call => call.Shape(0),
        ["Add"] = Broadcast,
        ["Sub"] = Broadcast,
        ["Mul"] = Broadcast,
        ["Div"] = Broadcast,
        ["Sum"] = Broadcast,
        ["Concat"] = call => Reshaping.Concat(
            [.. Enumerable.Range(0, call.Node.Inputs.Count).Select(call.Shape)], TensorShape.Axis(call.Node.Integer("axis", 1), call.Shape(0).Length)),
        ["Flatten"] = Reshaping.Flatten,
        ["Reshape"] = Reshaping.Reshape,
        ["Squeeze"] = Reshaping.Squeeze,
        ["Unsqueeze"] = Reshaping.Unsqueeze,
        ["Gemm"] = MatrixProduct.Gemm,
        ["MatMul"] = MatrixProduct.MatMul,
        ["Resize"] = call => Resizing.Of(call).Shape(call),
        ["Upsample"] = call => Resizing.Of(call).Shape(call),
        ["Pad"] = call => Bordering.Of(call).Shape(call),
    };

    /// <summary>All operators that become layers.</summary>
    public static IReadOnlyCollection<string> Names => s_operators.Keys;

    public static bool Has(string name) => s_operators.ContainsKey(name);

    /// <summary>The sizes of the first output for one image.</summary>
    /// <exception cref="InvalidDataException">The node's settings are not supported, or don't fit its inputs.</exception>
    public static int[] Infer(OperatorCall call) => s_operators[call.Node.Operator](call);

    private static int[] BatchNormalisation(OperatorCall call) =>
        call.Node.Integer("training_mode", 0) == 0 ? call.Shape(0)
            : throw new InvalidDataException("training_mode must be 0: export with the statistics that inference uses.");

    private static int[] WithSlopes(OperatorCall call)
    {
        _ = call.Shape(1);
        return call.Shape(0);
    }

    private static int[] Broadcast(OperatorCall call) =>
        call.Node.Inputs.Select((_, input) => call.Shape(input)).Aggregate(call.Shape(0), TensorShape.Broadcast);
}
