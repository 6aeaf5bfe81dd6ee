namespace SparseKernels.Architecture.Tests.Reading;

/// <summary>The sources that the assemblies were built from.</summary>
internal static class Repository
{
    private static readonly string s_root = FindRoot();

    /// <summary>The names of the projects under src.</summary>
    public static IEnumerable<string> Projects => ProjectsIn("src");

    /// <summary>The names of the projects under tests but this one, whose samples have faults.</summary>
    public static IEnumerable<string> TestProjects => ProjectsIn("tests").Where(name => name != typeof(Repository).Assembly.GetName().Name);

    /// <summary>A project's C# files, without what builds have put beside them.</summary>
    public static IEnumerable<SourceFile> SourcesOf(string parent, string project)
    {
        var folder = Path.Combine(s_root, parent, project);
        return Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => new SourceFile(project, Path.GetRelativePath(folder, path).Replace('\\', '/'), File.ReadAllText(path)))
            .Where(source => source.Path.Split('/')[0] is not ("bin" or "obj"))
            .OrderBy(source => source.Path, StringComparer.Ordinal);
    }

    /// <summary>The text of a file, by its path from the root.</summary>
    public static string TextOf(params string[] path) => File.ReadAllText(Path.Combine([s_root, .. path]));

    private static IEnumerable<string> ProjectsIn(string parent) => Directory.EnumerateDirectories(Path.Combine(s_root, parent))
        .Where(folder => Directory.EnumerateFiles(folder, "*.csproj").Any())
        .Select(folder => Path.GetFileName(folder)!)
        .Order(StringComparer.Ordinal);

    // Not by [CallerFilePath]: a deterministic build writes a path there that doesn't exist.
    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SparseKernels.sln"))) folder = folder.Parent;
        return folder?.FullName
            ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} has SparseKernels.sln.");
    }
}
