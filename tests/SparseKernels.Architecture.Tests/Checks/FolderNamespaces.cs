using SparseKernels.Architecture.Tests.Reading;

namespace SparseKernels.Architecture.Tests.Checks;

/// <summary>A file's namespace is the project's name and the folders below it.</summary>
internal static class FolderNamespaces
{
    // Top-level statements have no namespace.
    private const string FileWithoutNamespace = "Program.cs";

    public static IEnumerable<string> Find(IEnumerable<SourceFile> sources) =>
        from source in sources
        where source.Path != FileWithoutNamespace
        where !source.Namespaces.SequenceEqual([source.FolderNamespace])
        select $"{source.Project}/{source.Path} declares {string.Join(", ", source.Namespaces.DefaultIfEmpty("no namespace"))}, "
            + $"its folder asks for {source.FolderNamespace}";
}
