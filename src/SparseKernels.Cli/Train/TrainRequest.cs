using SparseKernels.Cli.Runs;

namespace SparseKernels.Cli.Train;

/// <summary>What the options of <c>train</c> said; null where they said nothing.</summary>
internal sealed record TrainRequest
{
    public required AskedSettings Settings { get; init; }

    public string? DataDirectory { get; init; }

    public bool Strict { get; init; }

    public int? CacheMemory { get; init; }

    public int? Threads { get; init; }

    public string? Out { get; init; }

    public bool Resume { get; init; }

    public string? ResumeFrom { get; init; }

    public string? Csv { get; init; }

    public string? Capture { get; init; }

    public WeightsRequest? Weights { get; init; }

    public bool DenseCheckpoint { get; init; }

    public string Distributed { get; init; } = RunRanks.Auto;

    public bool BindsRanks { get; init; } = true;

    public bool SynchronisesStatistics { get; init; }
}
