using System.Globalization;
using Spectre.Console;

namespace SparseKernels.Cli.Predict;

/// <summary>Classified pictures for people: a line for each class, the file's name beside the first.</summary>
internal static class PredictTable
{
    /// <summary>Makes the table.</summary>
    public static Table Create(IReadOnlyList<ClassifiedPicture> pictures)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("file", "rank", "class", "probability");
        foreach (var column in table.Columns.Where((_, i) => i is 1 or 3)) column.RightAligned().NoWrap();
        foreach (var picture in pictures)
        {
            foreach (var (i, ranked) in picture.Classes.Index())
            {
                table.AddRow(
                    new Text(i == 0 ? picture.File : ""), new Text((i + 1).ToString(CultureInfo.InvariantCulture)), new Text(ranked.Class),
                    new Text(string.Create(CultureInfo.InvariantCulture, $"{100 * ranked.Probability:F2} %")));
            }
        }

        return table;
    }
}
