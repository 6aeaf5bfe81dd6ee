namespace SparseKernels.Images;

/// <summary>A picture that was left out.</summary>
/// <param name="Path">The file.</param>
/// <param name="Reason">What is wrong with it, in a sentence that names the file.</param>
public sealed record BrokenPicture(string Path, string Reason);
