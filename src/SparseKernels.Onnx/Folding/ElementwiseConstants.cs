using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>Arithmetic on constants.</summary>
internal static class ElementwiseConstants
{
    public static ConstantTensor Unary(OperatorCall call, Func<float, float> ofFloats, Func<long, long>? ofIntegers)
    {
        var x = call.Known(0);
        if (x.IsFloat) return new ConstantTensor(x.Shape, Array.ConvertAll(x.Floats, value => ofFloats(value)));
        return new ConstantTensor(
            x.Shape, Array.ConvertAll(x.Integers, value => ofIntegers is null ? throw new InvalidDataException("it is for floats.") : ofIntegers(value)));
    }

    public static ConstantTensor Binary(OperatorCall call, Func<float, float, float> ofFloats, Func<long, long, long> ofIntegers)
    {
        var (a, b) = (call.Known(0), call.Known(1));
        if (call.Node.Inputs.Count != 2) throw new InvalidDataException("it must have two inputs.");
        if (a.IsFloat != b.IsFloat) throw new InvalidDataException("its inputs are of different types.");
        var shape = TensorShape.Broadcast(a.Shape, b.Shape);
        (a, b) = (ConstantMoves.Expand(a, shape), ConstantMoves.Expand(b, shape));
        return a.IsFloat
            ? new ConstantTensor(shape, [.. a.Floats.Zip(b.Floats, ofFloats)])
            : new ConstantTensor(shape, [.. a.Integers.Zip(b.Integers, ofIntegers)]);
    }

    /// <summary>The product of all elements, which is what exporters ask for.</summary>
    public static ConstantTensor Product(OperatorCall call)
    {
        var x = call.Known(0);
        if (x.Shape.Length > 1) throw new InvalidDataException("products are supported of vectors.");
        int[] shape = call.Node.Integer("keepdims", 1) != 0 && x.Shape.Length == 1 ? [1] : [];
        return x.IsFloat
            ? new ConstantTensor(shape, [x.Floats.Aggregate(1f, (a, b) => a * b)])
            : new ConstantTensor(shape, [x.Integers.Aggregate(1L, (a, b) => checked(a * b))]);
    }
}
