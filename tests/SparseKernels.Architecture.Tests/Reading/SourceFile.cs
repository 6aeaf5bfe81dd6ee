using System.Text.RegularExpressions;

namespace SparseKernels.Architecture.Tests.Reading;

/// <summary>One C# file.</summary>
/// <param name="Project">The project's name, which is its root namespace.</param>
/// <param name="Path">The path below the project's folder, with slashes.</param>
/// <param name="Text">What stands in it.</param>
internal sealed partial record SourceFile(string Project, string Path, string Text)
{
    /// <summary>The namespaces that the file declares.</summary>
    public IEnumerable<string> Namespaces => NamespaceLine().Matches(Text).Select(match => match.Groups[1].Value);

    /// <summary>The namespace that the file's folder asks for.</summary>
    public string FolderNamespace => string.Join('.', Path.Split('/')[..^1].Prepend(Project));

    /// <summary>The code without comment lines, so that what a comment names doesn't count.</summary>
    public string Code { get; } = CommentLine().Replace(Text, "");

    /// <summary>The types that the file declares, nested ones among them, and where in <see cref="Code"/>.</summary>
    public IEnumerable<(string Name, int Position)> Types
        => TypeDeclaration().Matches(Code).Select(match => (match.Groups[1].Value, match.Index));

    [GeneratedRegex(@"^namespace\s+([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex CommentLine();

    [GeneratedRegex(@"\b(?:class|struct|record|interface|enum)\s+(?!class\b|struct\b)(\w+)")]
    private static partial Regex TypeDeclaration();
}
