using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Rewriting;

/// <summary>Fully connected layers: Gemm, or MatMul with an Add behind it.</summary>
internal static class LinearPatterns
{
    /// <summary>Gemm and MatMul.</summary>
    public static OnnxNode? Product(RewriteScope scope, OnnxNode node) => node.Operator switch
    {
        "Gemm" => Gemm(scope, node),
        "MatMul" => Linear(node.Name, node.Inputs[0], node.Inputs[1], null, node.Outputs[0], transposed: 0),
        _ => null,
    };

    /// <summary>An Add of a constant behind a product without bias that nothing else reads.</summary>
    public static OnnxNode? Bias(RewriteScope scope, OnnxNode node)
    {
        if (node is not { Operator: "Add", Inputs: [var a, var b] }) return null;
        var (value, bias) = scope.IsConstant(a) ? (b, a) : (a, b);
        if (!scope.IsConstant(bias) || scope.Writer(value, ReadOperators.Linear) is not { } product
            || product.HasInput(2) || !scope.HasOneReader(value))
        {
            return null;
        }

        var outputs = scope.Shape(value)[1];
        return scope.Constants[bias] is { IsFloat: true } constant && Vector(scope, bias, constant, outputs) is { } vector
            ? Linear(product.Name, product.Inputs[0], product.Inputs[1], vector, node.Outputs[0], product.Integer("transB", 0))
            : null;
    }

    private static OnnxNode Gemm(RewriteScope scope, OnnxNode node)
    {
        var call = scope.Call(node);
        var (alpha, beta) = (node.Float("alpha", 1), node.Float("beta", 1));
        var weights = node.Inputs[1];
        if (alpha != 1) weights = scope.Keep(Scaled(call.Known(1), alpha), $"{weights}.scaled");
        string? bias = null;
        if (node.HasInput(2) && beta != 0)
        {
            var constant = beta == 1 ? call.Known(2) : Scaled(call.Known(2), beta);
            bias = Vector(scope, beta == 1 ? node.Inputs[2] : $"{node.Inputs[2]}.scaled", constant, scope.Shape(node.Outputs[0])[1]);
        }

        return Linear(node.Name, node.Inputs[0], weights, bias, node.Outputs[0], node.Integer("transB", 0));
    }

    private static OnnxNode Linear(string name, string x, string weights, string? bias, string y, long transposed) =>
        new(name, "", ReadOperators.Linear, bias is null ? [x, weights] : [x, weights, bias], [y], new OnnxAttribute("transB", transposed));

    /// <summary>The name of a constant of one number for each output; a new one where the constant has other sizes. Null if it doesn't fit.</summary>
    private static string? Vector(RewriteScope scope, string name, ConstantTensor constant, int outputs)
    {
        if (constant.Shape.AsSpan().SequenceEqual([outputs]) && scope.IsConstant(name)) return name;
        if (!TensorShape.Broadcast(constant.Shape, [1, outputs]).AsSpan().SequenceEqual([1, outputs])) return null;
        return scope.Keep(Folding.ConstantMoves.Expand(constant, [1, outputs]).Reshape([outputs]), $"{name}.vector");
    }

    private static ConstantTensor Scaled(ConstantTensor constant, float factor) =>
        new(constant.Shape, Array.ConvertAll(constant.Floats, value => value * factor));
}
