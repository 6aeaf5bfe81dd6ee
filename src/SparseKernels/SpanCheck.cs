namespace SparseKernels;

/// <summary>Checks of plain tensors: each says which argument is wrong, what was expected and what came.</summary>
internal readonly ref struct SpanCheck(ConvolutionShape shape)
{
    public void Input(int length, string name) => Length(length, shape.InputLength, name, [shape.N, shape.C, shape.H, shape.W]);

    public void Output(int length, string name) => Length(length, shape.OutputLength, name, [shape.N, shape.K, shape.P, shape.Q]);

    public void Weights(int length, string name) => Length(length, shape.WeightLength, name, [shape.K, shape.GroupC, shape.R, shape.S]);

    public void Bias(int length, string name)
    {
        if (length != 0) Length(length, shape.K, name, [shape.K]);
    }

    public static void Apart(ReadOnlySpan<float> output, string outputName, ReadOnlySpan<float> other, string otherName)
    {
        if (output.Overlaps(other)) throw new ArgumentException($"{outputName} must not overlap {otherName}.", outputName);
    }

    private void Length(int length, int expected, string name, ReadOnlySpan<int> sizes)
    {
        if (length != expected)
            throw new ArgumentException(
                $"{name} must have {expected} elements, [{string.Join(", ", sizes.ToArray())}], for {shape}; got {length}.", name);
    }
}
