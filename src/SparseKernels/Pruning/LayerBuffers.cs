namespace SparseKernels.Pruning;

/// <summary>A layer's arrays; gradient and momentum may be empty.</summary>
internal readonly record struct LayerBuffers(Memory<float> Weights, ReadOnlyMemory<float> Gradient, Memory<float> Momentum)
{
    /// <summary>Whether a <see cref="MaskedSgd"/> step can run.</summary>
    public bool CanUpdate => !Gradient.IsEmpty && !Momentum.IsEmpty;

    public void Check(ConvolutionShape shape)
    {
        Length(Weights.Length, shape, "weights");
        if (!Gradient.IsEmpty) Length(Gradient.Length, shape, "gradient");
        if (!Momentum.IsEmpty) Length(Momentum.Length, shape, "momentum");
        SpanCheck.Apart(Momentum.Span, "momentum", Weights.Span, "weights");
        SpanCheck.Apart(Momentum.Span, "momentum", Gradient.Span, "gradient");
        SpanCheck.Apart(Weights.Span, "weights", Gradient.Span, "gradient");
    }

    private static void Length(int length, ConvolutionShape shape, string name)
    {
        if (length != shape.WeightLength)
            throw new ArgumentException(
                $"{name} must have {shape.WeightLength} elements, [{shape.K}, {shape.GroupC}, {shape.R}, {shape.S}]; got {length}.", name);
    }
}
