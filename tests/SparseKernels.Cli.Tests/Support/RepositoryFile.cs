namespace SparseKernels.Cli.Tests.Support;

/// <summary>Files of the repository that the tests were built from.</summary>
internal static class RepositoryFile
{
    /// <summary>The text of one, by its path from the root.</summary>
    public static string Read(params string[] path)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "SparseKernels.sln"))) directory = directory.Parent;
        return File.ReadAllText(Path.Combine([directory!.FullName, .. path]));
    }
}
