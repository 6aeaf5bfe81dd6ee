namespace SparseKernels.Cli.Train;

/// <summary>Weights to begin with.</summary>
/// <param name="Path">The file.</param>
/// <param name="Strict">Whether all of it must fit.</param>
/// <param name="NewHead">Whether the last layer may be another.</param>
internal sealed record WeightsRequest(string Path, bool Strict, bool NewHead);
