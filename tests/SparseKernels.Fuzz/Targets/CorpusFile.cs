namespace SparseKernels.Fuzz.Targets;

/// <summary>A file that is whole.</summary>
/// <param name="Name">Its name in the folder that is read.</param>
/// <param name="Content">Its bytes.</param>
internal sealed record CorpusFile(string Name, byte[] Content);
