namespace SparseKernels.Cli.Predict;

/// <summary>What is on a picture.</summary>
/// <param name="File">The picture.</param>
/// <param name="Classes">The likeliest classes, the likeliest first.</param>
internal sealed record ClassifiedPicture(string File, IReadOnlyList<RankedClass> Classes);
