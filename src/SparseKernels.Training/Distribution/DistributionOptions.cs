namespace SparseKernels.Training.Distribution;

/// <summary>How ranks train together; the same on all of them.</summary>
public sealed record DistributionOptions
{
    /// <summary>
    /// Whether batch normalisations use mean and variance of the whole batch instead of this rank's share, which costs three small sums a
    /// layer and step. The ranks' network is then that of one process, but for rounding.
    /// </summary>
    public bool SynchronisesStatistics { get; init; }

    /// <summary>
    /// Whether gradients of finished layers travel, by a thread of their own, while backward passes of others run; null, the default, to try both
    /// in the first steps and keep the faster. Results don't depend on it. Never where statistics are synchronised.
    /// </summary>
    public bool? Overlaps { get; init; }

    /// <summary>Floats in a message at least, where messages overlap; 1 or more.</summary>
    public int MessageLength { get; init; } = 1 << 16;
}
