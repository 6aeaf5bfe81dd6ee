using SparseKernels.Kernels;

namespace SparseKernels.Passes.Frame;

/// <summary>What Forward or BackwardData does to its sums beside adding products.</summary>
/// <param name="bias">What they start from, by output channel; empty for zero.</param>
/// <param name="range">What they are limited to at last; null for nothing.</param>
internal readonly ref struct TapEpilogue(ReadOnlySpan<float> bias, ValueRange? range)
{
    /// <summary>What the sums start from, by output channel; empty for zero.</summary>
    public readonly ReadOnlySpan<float> Bias = bias;

    /// <summary>What the sums are limited to at last.</summary>
    public readonly SumLimits Limits = range is { } given ? new() { Are = true, Lowest = given.Lowest, Highest = given.Highest } : default;
}
