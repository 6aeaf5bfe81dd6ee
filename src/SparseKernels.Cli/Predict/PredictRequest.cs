namespace SparseKernels.Cli.Predict;

/// <summary>What the options of <c>predict</c> said; null where they said nothing.</summary>
internal sealed record PredictRequest
{
    public required string Model { get; init; }

    public required IReadOnlyList<string> Pictures { get; init; }

    public required int Top { get; init; }

    public string? Classes { get; init; }

    public int? ImageSize { get; init; }

    public string? Normalisation { get; init; }

    public int? Threads { get; init; }

    public bool Json { get; init; }
}
