using System.Text.RegularExpressions;

namespace SparseKernels.Bench.Reporting;

/// <summary>Texts whose tables stand between the lines <c>&lt;!-- table NAME MACHINE --&gt;</c> and <c>&lt;!-- end --&gt;</c>.</summary>
internal static partial class MarkedText
{
    private const string Begin = "<!-- table ";

    /// <summary>Puts new tables between the markers and leaves all else as it is.</summary>
    /// <param name="text">The text; lines end with a line feed.</param>
    /// <param name="table">Gives the table of a name and a machine.</param>
    /// <returns>The text with those tables.</returns>
    /// <exception cref="InvalidDataException">A marker is incomplete or has no end.</exception>
    public static string Replace(string text, Func<string, string, string> table)
    {
        var blocks = Blocks().Matches(text);
        var begins = text.Split('\n').Count(line => line.StartsWith(Begin, StringComparison.Ordinal));
        if (blocks.Count != begins || blocks.Any(block => block.Groups["old"].Value.Contains(Begin, StringComparison.Ordinal)))
        {
            throw new InvalidDataException(
                $"{begins} lines begin with '{Begin}', of which some aren't '{Begin}NAME MACHINE -->' " +
                "or have no line '<!-- end -->' after them.");
        }

        return Blocks().Replace(
            text, block => $"{block.Groups["begin"]}\n{table(block.Groups["name"].Value, block.Groups["machine"].Value)}\n\n<!-- end -->");
    }

    [GeneratedRegex(
        @"^(?<begin><!-- table (?<name>\S+) (?<machine>\S+) -->\n)(?<old>.*?)^<!-- end -->$",
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Blocks();
}
