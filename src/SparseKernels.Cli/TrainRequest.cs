namespace SparseKernels.Cli;

/// <summary>What the options of <c>train</c> said; null where they said nothing.</summary>
internal sealed record TrainRequest
{
    public string? Data { get; init; }

    public string? DataDirectory { get; init; }

    public string? Model { get; init; }

    public int? Epochs { get; init; }

    public int? Batch { get; init; }

    public float? Rate { get; init; }

    public int? Threads { get; init; }

    public ulong? Seed { get; init; }

    public string? Out { get; init; }

    public bool Resume { get; init; }

    public string? ResumeFrom { get; init; }

    public string? Csv { get; init; }

    public string? Capture { get; init; }

    public Schedule? Schedule { get; init; }

    public bool DenseCheckpoint { get; init; }

    public PruneRequest Prune { get; init; } = new(null, null, []);
}
