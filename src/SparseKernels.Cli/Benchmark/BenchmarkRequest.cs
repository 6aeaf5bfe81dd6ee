namespace SparseKernels.Cli.Benchmark;

/// <summary>What the options of <c>benchmark</c> said.</summary>
internal sealed record BenchmarkRequest
{
    public required string Model { get; init; }

    /// <summary>Share of weights to make zero; null where nothing was said.</summary>
    public double? Mask { get; init; }

    /// <summary>The share for models that are dense, where nothing was said.</summary>
    public required double DefaultMask { get; init; }

    public required IReadOnlyList<int> Batches { get; init; }

    public int? ImageSize { get; init; }

    public int? Threads { get; init; }

    public required double Seconds { get; init; }

    public bool Json { get; init; }
}
