using System.CommandLine;
using SparseKernels.Bench.Reporting;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios tables</c>: the documents' tables, from stored results alone, so that no figure is typed by hand.</summary>
internal static class TablesCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var results = new Option<string>("--results")
        {
            Description =
                "The folder of stored results: a folder for each machine, in it run-1, run-2 and so on; bench/results by default.",
            HelpName = "folder",
            DefaultValueFactory = _ => "bench/results",
        };
        var machine = new Option<string?>("--machine") { Description = "Prints the tables of this machine alone.", HelpName = "name" };
        var write = new Option<string[]>("--write")
        {
            Description =
                "Doesn't print but replaces what stands between '<!-- table NAME MACHINE -->' and '<!-- end -->' in a file; " +
                "may be given several times.",
            HelpName = "file",
            DefaultValueFactory = _ => [],
        };
        const string Meaning = "Markdown tables of stored results: of each figure the median of the runs and its least and greatest value.";
        var command = new Command("tables", Meaning) { results, machine, write };
        command.SetAction(result =>
        {
            var folder = result.GetValue(results)!;
            if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"--results {folder}: there is no such folder.");
            var (files, output) = (result.GetValue(write)!, result.InvocationConfiguration.Output);
            if (files.Length == 0) Print(folder, result.GetValue(machine), output);
            else if (result.GetValue(machine) is not null)
                throw new ArgumentException("--machine: with --write the file's markers name the machine.");

            foreach (var file in files) Write(file, folder, output);
        });
        return command;
    }

    /// <summary>A text with its tables made anew.</summary>
    /// <param name="text">The text.</param>
    /// <param name="results">The folder of stored results.</param>
    /// <param name="missing">Takes what is said of each table that no stored file makes.</param>
    /// <exception cref="InvalidDataException">A marker or a stored file is damaged.</exception>
    internal static string Rewrite(string text, string results, Action<string> missing) => MarkedText.Replace(text, (name, machine) =>
    {
        var table = DocumentTable.Find(name);
        if (table.Make(new StoredRuns(Path.Combine(results, machine))) is { } made) return made;
        missing(table.Missing(machine));
        return table.Missing(machine);
    });

    private static void Print(string results, string? only, TextWriter output)
    {
        string[] machines = only is null
            ? [.. Directory.GetDirectories(results).Order(StringComparer.Ordinal)]
            : [Path.Combine(results, only)];
        if (machines.FirstOrDefault(machine => !Directory.Exists(machine)) is { } absent)
            throw new DirectoryNotFoundException($"--machine: there is no folder {absent}.");
        foreach (var runs in machines.Select(machine => new StoredRuns(machine)))
        {
            foreach (var table in DocumentTable.All)
                output.WriteLine($"**{runs.Machine}, {table.Name}**\n\n{table.Make(runs) ?? table.Missing(runs.Machine)}\n");
        }
    }

    private static void Write(string file, string results, TextWriter output)
    {
        var old = File.ReadAllText(file);
        var missing = new List<string>();
        string text;
        try
        {
            text = Rewrite(old, results, missing.Add);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{file}: {e.Message}", e);
        }

        if (text != old)
        {
            var temporary = $"{file}.{Environment.ProcessId}";
            File.WriteAllText(temporary, text);
            File.Move(temporary, file, overwrite: true);
        }

        output.WriteLine($"{file}: {(text == old ? "is up to date" : "written")}");
        foreach (var one in missing) output.WriteLine($"  skipped: {one.Trim('*')}");
    }
}
