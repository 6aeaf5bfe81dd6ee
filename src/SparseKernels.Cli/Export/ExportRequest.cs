namespace SparseKernels.Cli.Export;

/// <summary>What the options of <c>export</c> said.</summary>
/// <param name="Checkpoint">The run.</param>
/// <param name="Model">The file to write.</param>
/// <param name="Fold">Whether batch normalisation is folded.</param>
/// <param name="SparseInitialisers">Whether weights that are mostly zero are written as values and places.</param>
/// <param name="Batch">Images in a batch; null leaves them open.</param>
internal sealed record ExportRequest(string Checkpoint, string Model, bool Fold, bool SparseInitialisers, int? Batch);
