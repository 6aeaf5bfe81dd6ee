using System.Text.RegularExpressions;
using SparseKernels.Architecture.Tests.Reading;

namespace SparseKernels.Architecture.Tests.Checks;

/// <summary>
/// A document's tables name tests, <c>`ClassTests.Subject_Condition_Result`</c>, as the proof of what they say: each is there. A class alone,
/// <c>`ClassTests`</c>, is too.
/// </summary>
internal static partial class NamedTests
{
    public static IEnumerable<string> Find(string document, IReadOnlyList<SourceFile> tests) =>
        from name in Of(document)
        let parts = name.Split('.')
        let file = tests.FirstOrDefault(source => source.Path.Split('/')[^1] == $"{parts[0]}.cs" && (parts.Length == 1 || source.Code.Contains($" {parts[1]}(", StringComparison.Ordinal)))
        where file is null
        select $"the document names the test {name}, which is none";

    /// <summary>The tests that a document's tables name, each once.</summary>
    public static IReadOnlyList<string> Of(string document) =>
        [.. document.Split('\n').Where(line => line.StartsWith('|')).SelectMany(line => Name().Matches(line).Select(match => match.Groups[1].Value)).Distinct()];

    [GeneratedRegex(@"`(\w+Tests(?:\.\w+)?)`")]
    private static partial Regex Name();
}
