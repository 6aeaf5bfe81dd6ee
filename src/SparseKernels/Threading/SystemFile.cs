namespace SparseKernels.Threading;

/// <summary>Small files in which Linux tells of the machine.</summary>
internal static class SystemFile
{
    /// <summary>The text without blanks around it; null if there is no such file or it can't be read.</summary>
    public static string? ReadText(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
