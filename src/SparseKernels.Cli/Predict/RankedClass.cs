namespace SparseKernels.Cli.Predict;

/// <summary>A class that may be on a picture.</summary>
/// <param name="Class">What it is called; its label where it has no name.</param>
/// <param name="Label">Its label, from 0.</param>
/// <param name="Probability">How likely it is, 0 to 1.</param>
internal sealed record RankedClass(string Class, int Label, float Probability);
