namespace SparseKernels.Pruning;

/// <summary>All that a <see cref="PruningUnit"/> remembers besides the weights, in plain arrays, for a checkpoint to hold.</summary>
public sealed record PruningState
{
    /// <summary>Steps taken.</summary>
    public required long Steps { get; init; }

    /// <summary>The strategy's name.</summary>
    public required string Strategy { get; init; }

    /// <summary>The strategy's numbers.</summary>
    public required IReadOnlyDictionary<string, double> Numbers { get; init; }

    /// <summary>
    /// Each layer's mask by the layer's name: bit i % 64 of word i / 64 is set where weight i is left.
    /// </summary>
    public required IReadOnlyDictionary<string, ulong[]> Masks { get; init; }

    /// <summary>
    /// What was done and pruned so far, for the report, under <c>LAYER/NAME</c>. A state without them goes on with none.
    /// </summary>
    public IReadOnlyDictionary<string, double> Counts { get; init; } = new Dictionary<string, double>();

    /// <summary>
    /// The state kept at the last <see cref="PruningAction.Snapshot"/>; null if there was none or it is no longer needed.
    /// </summary>
    public PruningSnapshot? Snapshot { get; init; }
}
