namespace SparseKernels.Cli.Runs;

/// <summary>What a command's options said of the settings that decide a run's result; null where they said nothing.</summary>
internal sealed record AskedSettings
{
    public string? Data { get; init; }

    public int? ImageSize { get; init; }

    public string? Model { get; init; }

    public int? Epochs { get; init; }

    public int? Batch { get; init; }

    public float? Rate { get; init; }

    public ulong? Seed { get; init; }

    public KernelSchedule? Schedule { get; init; }

    public LearningSettings? Learning { get; init; }

    public PruneRequest Prune { get; init; } = new(null, null, []);
}
