namespace SparseKernels.Images.Folders;

/// <summary>A file that is named like a picture.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Name">Its path below its class's folder, with <c>/</c> on every system.</param>
/// <param name="Label">Its class.</param>
internal sealed record PictureFile(string Path, string Name, int Label);
