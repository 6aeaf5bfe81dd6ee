using System.CommandLine;
using SparseKernels.Bench.Reporting;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios plot</c>: pictures of what <c>ratios sparse --json</c> wrote.</summary>
internal static class PlotCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("json") { Description = "The file that ratios sparse --json wrote." };
        var folder = new Option<string>("--output") { Description = "The folder for one PNG file for each pass; here by default.", HelpName = "folder", DefaultValueFactory = _ => "." };
        var layers = new Option<string?>("--layers") { Description = "Only layers whose name contains one of these texts (several apart by commas)." };
        var command = new Command("plot", "Draws speed-up against zeros for each pass, as PNG files.") { file, folder, layers };
        command.SetAction(result => Draw(result.GetValue(file)!, result.GetValue(folder)!, result.GetValue(layers), result.InvocationConfiguration.Output));
        return command;
    }

    private static void Draw(string file, string folder, string? layers, TextWriter output)
    {
        var parts = layers?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var rows = RatioJson.ReadSparse(file).Where(row => parts is null || parts.Any(part => row.Layer.Contains(part, StringComparison.OrdinalIgnoreCase))).ToArray();
        if (rows.Length == 0)
            throw new ArgumentException($"{file}: no row{(layers is null ? "" : $" of a layer whose name contains {layers}")}.");
        var passes = SpeedUpCurves.Of(rows).Where(pass => pass.Cells.Count > 0).ToArray();
        if (passes.Length == 0)
            throw new InvalidDataException(
                $"{file}: expected rows with one sparse operand, coarse_density 1, got none that all its layers share.");
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"--output {folder}: there is no such folder.");
        var machine = $"{rows[0].Isa}, N = {rows[0].Batch}, {rows[0].Threads} thread{(rows[0].Threads == 1 ? "" : "s")}";
        foreach (var pass in passes)
        {
            var path = Path.Combine(folder, $"{FileName(pass.Pass)}.png");
            SpeedUpPlot.Save(pass, machine, path, output);
            output.WriteLine(path);
        }
    }

    /// <summary>BackwardData becomes backward-data.</summary>
    private static string FileName(string pass) => string.Concat(pass.Select((letter, i) => char.IsUpper(letter) && i > 0 ? $"-{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
}
