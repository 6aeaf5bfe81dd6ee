namespace SparseKernels.Passes.Frame;

/// <summary>What Forward or BackwardData does to its sums beside adding products.</summary>
/// <param name="bias">What they start from, by output channel; empty for zero.</param>
/// <param name="range">What they are limited to at last; null for nothing.</param>
internal readonly ref struct TapEpilogue(ReadOnlySpan<float> bias, ValueRange? range)
{
    /// <summary>What the sums start from, by output channel; empty for zero.</summary>
    public readonly ReadOnlySpan<float> Bias = bias;

    /// <summary>What the sums are limited to at last; null for nothing.</summary>
    public readonly ValueRange? Range = range;

    /// <summary>The same without limits.</summary>
    public TapEpilogue Unlimited => new(Bias, null);
}
