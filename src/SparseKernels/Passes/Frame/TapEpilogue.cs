using SparseKernels.Kernels;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.Frame;

/// <summary>What Forward or BackwardData does to its sums beside adding products.</summary>
/// <param name="bias">What they start from, by output channel; empty for zero.</param>
/// <param name="range">What they are limited to at last; null for nothing.</param>
/// <param name="moments">Where the sums over what it writes are wanted, by drivers that take them; null for nowhere.</param>
internal readonly ref struct TapEpilogue(ReadOnlySpan<float> bias, ValueRange? range, ChannelMoments? moments)
{
    /// <summary>What the sums start from, by output channel; empty for zero.</summary>
    public readonly ReadOnlySpan<float> Bias = bias;

    /// <summary>Where the sums over what is written are wanted; null for nowhere.</summary>
    public readonly ChannelMoments? Moments = moments;

    /// <summary>What the sums are limited to at last.</summary>
    public readonly SumLimits Limits = range is { } given ? new() { Are = true, Lowest = given.Lowest, Highest = given.Highest } : default;
}
