using Spectre.Console;

namespace SparseKernels.Cli.Reports;

/// <summary>What was pruned, layer by layer, on the screen.</summary>
internal static class PruningTable
{
    /// <summary>Makes the table.</summary>
    /// <param name="rows">Its rows.</param>
    public static Table Create(IReadOnlyList<PrunedLayerRow> rows)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var name in PrunedLayerRow.Columns)
        {
            var column = new TableColumn(new Text(name)).PadLeft(0).PadRight(1);
            table.AddColumn(name == PrunedLayerRow.Columns[0] ? column.LeftAligned() : column.RightAligned());
        }

        foreach (var row in rows) table.AddRow(row.Cells.Select(cell => new Text(cell)));
        return table;
    }
}
