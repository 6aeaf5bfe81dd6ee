namespace SparseKernels.Cli.Evaluate;

/// <summary>What the options of <c>evaluate</c> said; null where they said nothing.</summary>
internal sealed record EvaluateRequest
{
    public required string Checkpoint { get; init; }

    public string? Data { get; init; }

    public string? DataDirectory { get; init; }

    public int? ImageSize { get; init; }

    public bool Strict { get; init; }

    public int? CacheMemory { get; init; }

    public string? Model { get; init; }

    public int? Batch { get; init; }

    public int? Threads { get; init; }

    public KernelSchedule? Schedule { get; init; }
}
