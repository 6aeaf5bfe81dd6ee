namespace SparseKernels.Fuzz.Targets;

/// <summary>What a reader is given.</summary>
/// <param name="Name">The file's name in the folder that is read.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="MustBeRefused">Whether it may not be taken for whole.</param>
internal sealed record FuzzInput(string Name, byte[] Content, bool MustBeRefused = false);
