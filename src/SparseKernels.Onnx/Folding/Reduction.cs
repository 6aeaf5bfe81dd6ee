using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>The mean over rows and columns (ReduceMean of the ONNX standard), which is a pooling over the whole image.</summary>
internal static class Reduction
{
    public static int[] Shape(OperatorCall call)
    {
        var x = call.Image(0);
        var axes = (call.Integers("axes", 1) ?? []).Select(axis => TensorShape.Axis(axis, x.Length)).Order().ToArray();
        if (!axes.AsSpan().SequenceEqual([2, 3])) throw new InvalidDataException($"means are supported over the axes 2 and 3, got {string.Join(", ", axes)}.");
        return call.Node.Integer("keepdims", 1) != 0 ? [x[0], x[1], 1, 1] : [x[0], x[1]];
    }
}
