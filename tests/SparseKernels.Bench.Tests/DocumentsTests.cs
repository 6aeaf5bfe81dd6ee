using SparseKernels.Bench.Commands;
using SparseKernels.Bench.Reporting;
using Xunit;

namespace SparseKernels.Bench.Tests;

/// <summary>The documents as committed: their tables are what the stored results make, and a screen holds their lines.</summary>
public sealed class DocumentsTests
{
    private const int LongestLine = 120;
    private const int LargestReadme = 8 * 1024;

    private static readonly string s_root = Path.Combine(AppContext.BaseDirectory, "Documents");

    public static TheoryData<string> All =>
    [
        .. new[] { s_root, Path.Combine(s_root, "docs") }
            .SelectMany(folder => Directory.GetFiles(folder, "*.md"))
            .Select(file => Path.GetRelativePath(s_root, file)),
    ];

    [Theory]
    [InlineData("README.md", 1)]
    [InlineData("docs/performance.md", 10)]
    public void Tables_AsCommitted_AreThoseOfTheStoredResults(string document, int least)
    {
        var committed = File.ReadAllText(Path.Combine(s_root, document));

        var tables = committed.Split('\n').Count(line => line.StartsWith("<!-- table ", StringComparison.Ordinal));
        Assert.True(tables >= least, $"{document} has {tables} tables of results, expected {least} or more.");
        Assert.Equal(TablesCommand.Rewrite(committed, Path.Combine(s_root, "bench", "results"), _ => { }), committed);
    }

    [Fact]
    public void Tables_OfTheFirstMachine_AreThoseThatItsFilesSay()
    {
        var runs = new StoredRuns(Path.Combine(s_root, "bench", "results", "amd-epyc-zen3"));

        foreach (var table in DocumentTable.All) Assert.Contains("a single run", table.Make(runs));
        Assert.Contains("| **geometric mean** | 1.34 | 1.61 | 1.19 | 1.53 | 1.47 | 1.71 |", DocumentTable.Find("layers").Make(runs));
        Assert.InRange(DocumentTable.Find("headline").Make(runs)!.Split('\n').Count(line => line.StartsWith('|')) - 2, 5, 8);
    }

    [Fact]
    public void Readme_Size_IsUnderEightKilobytes() =>
        Assert.InRange(new FileInfo(Path.Combine(s_root, "README.md")).Length, 1, LargestReadme);

    [Theory]
    [MemberData(nameof(All))]
    public void Prose_Lines_FitAScreen(string document)
    {
        var inCode = false;
        foreach (var (line, number) in File.ReadAllLines(Path.Combine(s_root, document)).Select((line, i) => (line, i + 1)))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) inCode = !inCode;
            if (inCode || line.StartsWith('|') || line.StartsWith("    ", StringComparison.Ordinal)) continue;
            var length = line.EnumerateRunes().Count();
            Assert.True(length <= LongestLine, $"{document}, line {number}: {length} characters, at most {LongestLine} in prose.");
        }
    }
}
