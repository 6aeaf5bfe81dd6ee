namespace SparseKernels.Bench.Reporting;

/// <summary>A table of the documents that stored results make.</summary>
/// <param name="Name">What a marker calls it.</param>
/// <param name="Files">The files it is made of.</param>
/// <param name="Make">Makes the Markdown; null if none of the files is stored.</param>
internal sealed record DocumentTable(string Name, string Files, Func<StoredRuns, string?> Make)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<DocumentTable> All { get; } =
    [
        new("headline", "sparse-1, step-1, step-2, step-masked-1, step-masked-2 or predict-1", HeadlineTable.Make),
        new("sparse-over-dense", SparseDocumentTables.Single, SparseDocumentTables.OverDense),
        new("sparse-over-torch", SparseDocumentTables.Single, SparseDocumentTables.OverPeer),
        new("sparse-1x1", SparseDocumentTables.Single, SparseDocumentTables.PointOverDense),
        new("pairs", SparseDocumentTables.Pairs, SparseDocumentTables.OfPairs),
        new("layers", "layers-1 or layers-2", NetworkDocumentTables.Layers),
        new("shares", "layers-1 with blocked tensors", NetworkDocumentTables.Shares),
        new("steps", "step-1, step-2, step-masked-1 or step-masked-2", NetworkDocumentTables.Steps),
        new("scaling", "scaling", NetworkDocumentTables.Scaling),
        new("inference", "predict-1", NetworkDocumentTables.Predictions),
    ];

    /// <summary>The table of a name.</summary>
    /// <exception cref="InvalidDataException">None has it.</exception>
    public static DocumentTable Find(string name) =>
        All.FirstOrDefault(table => table.Name == name) ??
        throw new InvalidDataException($"unknown table '{name}'; known: {string.Join(", ", All.Select(table => table.Name))}.");

    /// <summary>What stands where a table would, if none of its files is stored.</summary>
    public string Missing(string machine) => $"*No stored run of {machine} has {Files}.*";
}
