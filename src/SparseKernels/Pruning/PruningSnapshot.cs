namespace SparseKernels.Pruning;

/// <summary>Masks, weights and momenta of all layers at one moment, each by the layer's name.</summary>
public sealed record PruningSnapshot
{
    /// <summary>Masks, as in <see cref="PruningState.Masks"/>.</summary>
    public required IReadOnlyDictionary<string, ulong[]> Masks { get; init; }

    /// <summary>Weights.</summary>
    public required IReadOnlyDictionary<string, float[]> Weights { get; init; }

    /// <summary>Momenta; of the layers that were registered with one.</summary>
    public required IReadOnlyDictionary<string, float[]> Momenta { get; init; }

    /// <summary>What was pruned by then, as <see cref="PruningState.Counts"/> has it.</summary>
    public IReadOnlyDictionary<string, double> Counts { get; init; } = new Dictionary<string, double>();
}
