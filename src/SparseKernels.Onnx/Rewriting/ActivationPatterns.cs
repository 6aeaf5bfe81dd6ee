using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Rewriting;

/// <summary>Activations that exporters write in parts, since their operator is younger than the file's opset, or the standard has none.</summary>
internal static class ActivationPatterns
{
    private const float Shift = 3, Range = 6, Tolerance = 1e-6f;

    /// <summary><c>clip(x + 3, 0, 6) / 6</c>, or times a sixth.</summary>
    public static OnnxNode? HardSigmoid(RewriteScope scope, OnnxNode node) =>
        Sixth(scope, node) is { } clipped && Clipped(scope, clipped) is { } x
            ? new OnnxNode(
                node.Name, "", "HardSigmoid", [x], [.. node.Outputs], new OnnxAttribute("alpha", 1 / Range), new OnnxAttribute("beta", Shift / Range))
            : null;

    /// <summary><c>x · hardsigmoid(x)</c> with slope 1/6, or <c>x · clip(x + 3, 0, 6) / 6</c> with the division last.</summary>
    public static OnnxNode? HardSwish(RewriteScope scope, OnnxNode node)
    {
        var x = node.Operator == "Mul" ? Gated(node, gate => Gate(scope, gate)) : null;
        if (x is null && Sixth(scope, node) is { } product && scope.Writer(product, "Mul") is { } inner) x = Gated(inner, gate => Clipped(scope, gate));
        return x is null ? null : new OnnxNode(node.Name, "", "HardSwish", [x], [.. node.Outputs]);
    }

    /// <summary><c>x · sigmoid(x)</c>.</summary>
    public static OnnxNode? Silu(RewriteScope scope, OnnxNode node) =>
        node.Operator == "Mul" && Gated(node, gate => scope.Writer(gate, "Sigmoid")?.Inputs[0]) is { } x
            ? new OnnxNode(node.Name, "", ReadOperators.Silu, [x], [.. node.Outputs])
            : null;

    /// <summary>x of a product whose one factor is x and whose other one is made of x; null if it isn't.</summary>
    private static string? Gated(OnnxNode product, Func<string, string?> source) => product.Inputs is not [var a, var b] ? null
        : source(b) == a ? a
        : source(a) == b ? b
        : null;

    private static string? Gate(RewriteScope scope, string value) =>
        scope.Writer(value, "HardSigmoid") is { } gate
        && IsClose(gate.Float("alpha", 0.2f), 1 / Range) && IsClose(gate.Float("beta", 0.5f), Shift / Range) ? gate.Inputs[0] : null;

    /// <summary>x of <c>clip(x + 3, 0, 6)</c>.</summary>
    private static string? Clipped(RewriteScope scope, string value)
    {
        if (scope.Writer(value, "Clip") is not { } clip || scope.Writer(clip.Inputs[0], "Add") is not { Inputs: [var a, var b] }) return null;
        var call = scope.Call(clip);
        if (call.Float("min", 1, float.NegativeInfinity) != 0 || call.Float("max", 2, float.PositiveInfinity) != Range) return null;
        return scope.Number(b) == Shift ? a : scope.Number(a) == Shift ? b : null;
    }

    /// <summary>What a node divides by six; null if it does something else.</summary>
    private static string? Sixth(RewriteScope scope, OnnxNode node) => node switch
    {
        { Operator: "Div", Inputs: [var x, var by] } when scope.Number(by) == Range => x,
        { Operator: "Mul", Inputs: [var x, var by] } when scope.Number(by) is { } factor && IsClose(factor, 1 / Range) => x,
        { Operator: "Mul", Inputs: [var by, var x] } when scope.Number(by) is { } factor && IsClose(factor, 1 / Range) => x,
        _ => null,
    };

    private static bool IsClose(float a, float b) => MathF.Abs(a - b) <= Tolerance;
}
