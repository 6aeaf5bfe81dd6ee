using System.Numerics.Tensors;

namespace SparseKernels;

/// <summary>What the door takes from the BCL's tensor spans: the sizes of a convolution and, where they are dense, the memory.</summary>
internal static class DenseTensors
{
    /// <summary>The convolution that input, weights and output tensors of these lengths make.</summary>
    public static ConvolutionShape ShapeOf(
        in ReadOnlyTensorSpan<float> input, string inputName, in ReadOnlyTensorSpan<float> weights, string weightsName,
        in ReadOnlyTensorSpan<float> output, string outputName, Size2D? stride, Padding2D? padding, Size2D? dilation, int groups)
    {
        var (n, c, h, w) = Lengths(input, inputName);
        var (k, groupC, r, s) = Lengths(weights, weightsName);
        if ((long)groupC * groups != c)
        {
            throw new ArgumentException(
                $"{weightsName} [{k}, {groupC}, {r}, {s}] with groups {groups} takes {(long)groupC * groups} input channels; {inputName} [{n}, {c}, {h}, {w}] has {c}.", weightsName);
        }

        var shape = new ConvolutionShape(n, c, h, w, k, r, s, stride, padding, dilation, groups);
        var got = Lengths(output, outputName);
        if (got != (shape.N, shape.K, shape.P, shape.Q))
            throw new ArgumentException($"{outputName} must be [{shape.N}, {shape.K}, {shape.P}, {shape.Q}] for {shape}; got [{got.Item1}, {got.Item2}, {got.Item3}, {got.Item4}].", outputName);
        return shape;
    }

    public static ReadOnlySpan<float> Read(in ReadOnlyTensorSpan<float> tensor, string name)
    {
        CheckDense(tensor, name);
        return tensor.GetSpan(stackalloc nint[4], checked((int)tensor.FlattenedLength));
    }

    public static Span<float> Write(in TensorSpan<float> tensor, string name)
    {
        CheckDense(tensor, name);
        return tensor.GetSpan(stackalloc nint[4], checked((int)tensor.FlattenedLength));
    }

    private static (int, int, int, int) Lengths(in ReadOnlyTensorSpan<float> tensor, string name)
    {
        var lengths = tensor.Lengths;
        if (lengths.Length != 4) throw new ArgumentException($"{name} must have 4 dimensions, got {lengths.Length}.", name);
        return (checked((int)lengths[0]), checked((int)lengths[1]), checked((int)lengths[2]), checked((int)lengths[3]));
    }

    private static void CheckDense(in ReadOnlyTensorSpan<float> tensor, string name)
    {
        if (!tensor.IsDense) throw new ArgumentException($"{name} must be dense (row-major without gaps); copy it first.", name);
    }
}
