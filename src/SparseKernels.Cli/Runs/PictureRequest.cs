namespace SparseKernels.Cli.Runs;

/// <summary>How a folder of pictures is read.</summary>
/// <param name="Size">Width and height of the images.</param>
internal sealed record PictureRequest(int Size)
{
    /// <summary>The usual size of networks for photographs.</summary>
    public const int DefaultSize = 224;

    /// <summary>Whether a picture that can't be read ends the run.</summary>
    public bool Strict { get; init; }

    /// <summary>Megabytes of decoded pictures to keep in memory; what <see cref="Images.PictureFolderOptions"/> says where null.</summary>
    public int? CacheMemory { get; init; }
}
