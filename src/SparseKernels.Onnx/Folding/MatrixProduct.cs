using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>Products with a constant matrix (Gemm and MatMul of the ONNX standard), which are fully connected layers.</summary>
internal static class MatrixProduct
{
    public static int[] Gemm(OperatorCall call)
    {
        var x = Row(call);
        if (call.Node.Integer("transA", 0) != 0) throw new InvalidDataException("transA must be 0.");
        var w = Matrix(call);
        var isTransposed = call.Node.Integer("transB", 0) != 0;
        var (inputs, outputs) = isTransposed ? (w.Shape[1], w.Shape[0]) : (w.Shape[0], w.Shape[1]);
        if (inputs != x[1]) throw new InvalidDataException($"a matrix {w} doesn't fit an input {TensorShape.Text(x)}.");
        if (call.Node.HasInput(2) && !TensorShape.Broadcast(call.Known(2).Shape, [1, outputs]).AsSpan().SequenceEqual([1, outputs]))
            throw new InvalidDataException($"a bias {call.Known(2)} doesn't fit {outputs} outputs.");
        return [x[0], outputs];
    }

    public static int[] MatMul(OperatorCall call)
    {
        var (x, w) = (Row(call), Matrix(call));
        return w.Shape[0] == x[1] ? [x[0], w.Shape[1]] : throw new InvalidDataException($"a matrix {w} doesn't fit an input {TensorShape.Text(x)}.");
    }

    private static int[] Row(OperatorCall call) =>
        call.Shape(0) is { Length: 2 } shape ? shape
            : throw new InvalidDataException($"its input must have the sizes [N, C], got {TensorShape.Text(call.Shape(0))}.");

    private static ConstantTensor Matrix(OperatorCall call) =>
        call.Known(1) is { IsFloat: true, Shape: [> 0, > 0] } matrix ? matrix
            : throw new InvalidDataException($"its second input must be a matrix of floats, got {call.Known(1)}.");
}
