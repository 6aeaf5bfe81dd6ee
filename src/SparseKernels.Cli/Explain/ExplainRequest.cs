namespace SparseKernels.Cli.Explain;

/// <summary>What the options of <c>explain</c> said; null where they said nothing.</summary>
internal sealed record ExplainRequest
{
    public string? Checkpoint { get; init; }

    public string? Data { get; init; }

    public string? DataDirectory { get; init; }

    public string? Model { get; init; }

    public required int Batch { get; init; }

    public required int Steps { get; init; }

    public int? Threads { get; init; }

    public KernelSchedule? Schedule { get; init; }
}
