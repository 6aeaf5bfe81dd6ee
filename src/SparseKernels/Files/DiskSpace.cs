namespace SparseKernels.Files;

/// <summary>Says how much a full disk lacks.</summary>
internal static class DiskSpace
{
    private const int UnixNoSpace = 28;
    private const int UnixQuota = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Whether a failure is for want of space.</summary>
    public static bool IsFull(Exception e) => e.HResult is UnixNoSpace or UnixQuota or WindowsDiskFull;

    /// <summary>The failure with what the file needs and what is free.</summary>
    /// <param name="path">What the user named.</param>
    /// <param name="target">What it means.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="failure">The failure.</param>
    public static IOException Explain(string path, string target, Action<Stream> write, Exception failure)
    {
        using var counter = new CountingStream();
        write(counter);
        return new IOException($"'{path}' needs {counter.Length} bytes, but {FreeAt(target)}; what was there before still is.", failure);
    }

    private static string FreeAt(string path)
    {
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            var drive = DriveInfo.GetDrives()
                .Where(drive => folder.StartsWith(drive.Name, StringComparison.Ordinal)).MaxBy(drive => drive.Name.Length);
            return drive is null ? "the disk is full" : $"its disk has {drive.AvailableFreeSpace} free";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "the disk is full";
        }
    }
}
