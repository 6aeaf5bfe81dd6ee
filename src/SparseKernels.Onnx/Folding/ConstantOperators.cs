using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>The operators that are computed on the spot where their inputs are known: what exporters compute shapes and weights with.</summary>
internal static class ConstantOperators
{
    private static readonly Dictionary<string, Func<OperatorCall, ConstantTensor[]>> s_operators = new(StringComparer.Ordinal)
    {
        ["Constant"] = call => [Constant(call.Node)],
        ["Shape"] = call => [Shape(call)],
        ["Size"] = call => [new ConstantTensor([], [(long)TensorShape.Length(call.Shape(0))])],
        ["ConstantOfShape"] = call => [Fill(call)],
        ["Range"] = call => [Range(call)],
        ["Identity"] = call => [call.Known(0)],
        ["Dropout"] = call => [call.Known(0)],
        ["Cast"] = call => [Cast(call)],
        ["Add"] = call => [ElementwiseConstants.Binary(call, (a, b) => a + b, (a, b) => a + b)],
        ["Sub"] = call => [ElementwiseConstants.Binary(call, (a, b) => a - b, (a, b) => a - b)],
        ["Mul"] = call => [ElementwiseConstants.Binary(call, (a, b) => a * b, (a, b) => a * b)],
        ["Div"] = call => [ElementwiseConstants.Binary(call, (a, b) => a / b, Divide)],
        ["Pow"] = call => [ElementwiseConstants.Binary(call, MathF.Pow, (a, b) => (long)Math.Pow(a, b))],
        ["Max"] = call => [ElementwiseConstants.Binary(call, Math.Max, Math.Max)],
        ["Min"] = call => [ElementwiseConstants.Binary(call, Math.Min, Math.Min)],
        ["Neg"] = call => [ElementwiseConstants.Unary(call, a => -a, a => -a)],
        ["Abs"] = call => [ElementwiseConstants.Unary(call, MathF.Abs, Math.Abs)],
        ["Sqrt"] = call => [ElementwiseConstants.Unary(call, MathF.Sqrt, null)],
        ["Exp"] = call => [ElementwiseConstants.Unary(call, MathF.Exp, null)],
        ["Floor"] = call => [ElementwiseConstants.Unary(call, MathF.Floor, null)],
        ["Ceil"] = call => [ElementwiseConstants.Unary(call, MathF.Ceiling, null)],
        ["Reciprocal"] = call => [ElementwiseConstants.Unary(call, a => 1 / a, null)],
        ["Gather"] = call => [ConstantMoves.Gather(call)],
        ["Slice"] = call => [ConstantMoves.Slice(call)],
        ["Split"] = ConstantMoves.Split,
        ["Concat"] = call => [ConstantMoves.Concat(call)],
        ["Transpose"] = call => [ConstantMoves.Transpose(call)],
        ["Expand"] = call => [ConstantMoves.Expand(call)],
        ["Reshape"] = call => [call.Known(0).Reshape(Reshaping.Reshape(call))],
        ["Flatten"] = call => [call.Known(0).Reshape(Reshaping.Flatten(call))],
        ["Squeeze"] = call => [call.Known(0).Reshape(Reshaping.Squeeze(call))],
        ["Unsqueeze"] = call => [call.Known(0).Reshape(Reshaping.Unsqueeze(call))],
        ["ReduceProd"] = call => [ElementwiseConstants.Product(call)],
    };

    public static bool Has(string name) => s_operators.ContainsKey(name);

    /// <summary>Whether the result can be computed now. Sizes are known of every value.</summary>
    public static bool IsKnown(OperatorCall call) => Has(call.Node.Operator)
        && (call.Node.Operator is "Shape" or "Size"
            || Enumerable.Range(0, call.Node.Inputs.Count).All(i => !call.Node.HasInput(i) || call.Constant(i) is not null));

    public static ConstantTensor[] Evaluate(OperatorCall call) => s_operators[call.Node.Operator](call);

    private static ConstantTensor Constant(OnnxNode node)
    {
        if ((node.Tensor("value") ?? node.Tensor("sparse_value")) is { } tensor) return tensor;
        if (node.HasAttribute("value_float")) return ConstantTensor.Scalar(node.Float("value_float", 0));
        if (node.HasAttribute("value_int")) return new ConstantTensor([], [node.Integer("value_int", 0)]);
        if (node.Floats("value_floats") is { } floats) return new ConstantTensor([floats.Length], floats);
        if (node.Integers("value_ints") is { } integers) return ConstantTensor.Vector(integers);
        throw new InvalidDataException("it must have a value of floats or integers.");
    }

    private static ConstantTensor Shape(OperatorCall call)
    {
        var shape = call.Shape(0);
        var (start, end) = (Bound("start", 0), Bound("end", shape.Length));
        return ConstantTensor.Vector([.. shape.Skip(start).Take(Math.Max(0, end - start)).Select(size => (long)size)]);

        int Bound(string name, int byDefault)
        {
            var value = call.Node.Integer(name, byDefault);
            return (int)Math.Clamp(value < 0 ? value + shape.Length : value, 0, shape.Length);
        }
    }

    private static ConstantTensor Fill(OperatorCall call)
    {
        var shape = TensorShape.FromLongs(call.Known(0).Integers);
        var value = call.Node.Tensor("value") ?? new ConstantTensor([1], [0f]);
        return value.Length == 1
            ? value.Pick(shape, new int[TensorShape.GrownLength(shape)])
            : throw new InvalidDataException($"its value must have one element, got {value}.");
    }

    private static ConstantTensor Range(OperatorCall call)
    {
        if (call.Known(0).IsFloat) throw new InvalidDataException("ranges of floats are not supported.");
        var (start, limit, step) = (Number(0), Number(1), Number(2));
        if (step == 0) throw new InvalidDataException("a range must have a step other than 0.");
        var count = ((Int128)limit - start + step - Math.Sign(step)) / step;
        var values = new long[TensorShape.GrownLength(TensorShape.FromLongs([(long)Int128.Clamp(count, 0, long.MaxValue)]))];
        for (var i = 0; i < values.Length; i++) values[i] = start + (i * step);
        return ConstantTensor.Vector(values);

        long Number(int input) => call.Known(input) is { Length: 1 } one
            ? one.Integers[0]
            : throw new InvalidDataException($"input {input} must have one element, got {call.Known(input)}.");
    }

    private static ConstantTensor Cast(OperatorCall call)
    {
        var value = call.Known(0);
        return call.Node.Integer("to", 0) switch
        {
            // FLOAT, FLOAT16, DOUBLE and BFLOAT16; then integers and BOOL.
            1 or 10 or 11 or 16 => value.IsFloat ? value : new ConstantTensor(value.Shape, Array.ConvertAll(value.Integers, i => (float)i)),
            9 => new ConstantTensor(
                value.Shape, value.IsFloat ? Array.ConvertAll(value.Floats, f => f != 0 ? 1L : 0) : Array.ConvertAll(value.Integers, i => i != 0 ? 1L : 0)),
            >= 2 and <= 7 or 12 or 13 => value.IsFloat ? new ConstantTensor(value.Shape, Array.ConvertAll(value.Floats, f => (long)f)) : value,
            var type => throw new InvalidDataException($"a cast to type {type} is not supported."),
        };
    }

    private static long Divide(long a, long b) => b != 0 ? a / b : throw new InvalidDataException("integers are divided by 0.");
}
