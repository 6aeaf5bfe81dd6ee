using SparseKernels.Onnx.Folding;
using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Rewriting;

/// <summary>Arithmetic with a constant, of which there is one number for each channel or one for all: preprocessing, biases, scales.</summary>
internal static class ChannelArithmetic
{
    /// <summary>An Add of a constant behind a convolution without bias that nothing else reads.</summary>
    public static OnnxNode? ConvolutionBias(RewriteScope scope, OnnxNode node)
    {
        if (node is not { Operator: "Add", Inputs: [var a, var b] }) return null;
        var (value, constant) = scope.IsConstant(a) ? (b, a) : (a, b);
        if ((scope.Writer(value, "Conv") ?? scope.Writer(value, "ConvTranspose")) is not { } convolution
            || convolution.HasInput(2) || !scope.HasOneReader(value))
        {
            return null;
        }

        if (!scope.IsConstant(constant) || PerChannel(scope.Constants[constant], scope.Shape(value)) is not { } bias) return null;
        return new OnnxNode(
            convolution.Name, "", convolution.Operator,
            [convolution.Inputs[0], convolution.Inputs[1], scope.Keep(new([bias.Length], bias), $"{constant}.vector")],
            [.. node.Outputs], [.. convolution.Attributes]);
    }

    /// <summary>Add, Sub, Mul and Div of a constant.</summary>
    public static OnnxNode? Affine(RewriteScope scope, OnnxNode node)
    {
        if (node is not { Operator: "Add" or "Sub" or "Mul" or "Div", Inputs: [var a, var b] } || scope.IsConstant(a) == scope.IsConstant(b)) return null;
        var isFirst = scope.IsConstant(a);
        var x = isFirst ? b : a;
        if (PerChannel(scope.Constants[isFirst ? a : b], scope.Shape(x)) is not { } numbers) return null;
        if (isFirst && node.Operator == "Div") return null;
        var (scale, shift) = (new float[numbers.Length], new float[numbers.Length]);
        for (var i = 0; i < numbers.Length; i++)
        {
            (scale[i], shift[i]) = node.Operator switch
            {
                "Add" => (1, numbers[i]),
                "Sub" => isFirst ? (-1, numbers[i]) : (1, -numbers[i]),
                "Mul" => (numbers[i], 0f),
                _ => (1 / numbers[i], 0),
            };
        }

        return Merge(scope, node, x, scale, shift);
    }

    /// <summary>Sum of two or more, which is Add for layers.</summary>
    public static OnnxNode? Sum(RewriteScope scope, OnnxNode node) =>
        node.Operator == "Sum" && node.Inputs.Count > 1 ? new OnnxNode(node.Name, "", "Add", [.. node.Inputs], [.. node.Outputs]) : null;

    /// <summary>One number for each channel of a constant that broadcasts over images, rows and columns; null if it doesn't.</summary>
    private static float[]? PerChannel(ConstantTensor constant, int[] shape)
    {
        if (!constant.IsFloat || shape.Length < 2) return null;
        int[] channels = [1, shape[1], .. Enumerable.Repeat(1, shape.Length - 2)];
        if (constant.Shape.Length > shape.Length || constant.Shape.Reverse().Where((size, i) => size != 1 && size != channels[^(i + 1)]).Any()) return null;
        return ConstantMoves.Expand(constant, channels).Floats;
    }

    /// <summary>The node, with one before it of the same kind taken in where nothing else reads that.</summary>
    private static OnnxNode Merge(RewriteScope scope, OnnxNode node, string x, float[] scale, float[] shift)
    {
        if (scope.Writer(x, ReadOperators.Affine) is { } before && scope.HasOneReader(x))
        {
            var (oldScale, oldShift) = (scope.Constants[before.Inputs[1]].Floats, scope.Constants[before.Inputs[2]].Floats);
            for (var i = 0; i < scale.Length; i++) (scale[i], shift[i]) = (oldScale[i] * scale[i], (oldShift[i] * scale[i]) + shift[i]);
            x = before.Inputs[0];
        }

        return new OnnxNode(
            node.Name, "", ReadOperators.Affine,
            [x, scope.Keep(new([scale.Length], scale), $"{node.Name}.weight"), scope.Keep(new([shift.Length], shift), $"{node.Name}.bias")], [.. node.Outputs]);
    }
}
