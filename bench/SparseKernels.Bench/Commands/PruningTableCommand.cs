using System.CommandLine;
using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Reporting;
using SparseKernels.Threading;
using SparseKernels.Training;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Bench.Commands;

/// <summary>
/// <c>ratios strategies</c>: accuracy, zeros and time of each pruning strategy over seeds, run by run into a file, so that it goes on where
/// it was stopped. All rows have the same recipe, settings and rate exponent; those that prune hold out the same images until the same part of the
/// run, whether they need them or not. The dense one learns from all.
/// </summary>
internal static class PruningTableCommand
{
    private const int DefaultBatch = 64;

    private static readonly string[] s_rows = ["dense", "gated", "gradual", "one-shot", "rigl"];

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var model = new Option<string>("--model") { Description = "vgg-small by default.", HelpName = "name", DefaultValueFactory = _ => "vgg-small" };
        var folder = new Option<string?>("--data-dir") { Description = "The folder of CIFAR-10's binary files.", HelpName = "folder" };
        var epochs = Count("--epochs", "Epochs; 15 by default.", 15);
        var limit = Count("--limit", "New runs at most; all by default.", int.MaxValue);
        var seeds = new Option<string>("--seeds") { Description = "Seeds: 3-7, or several apart by commas; 3-7 by default.", HelpName = "numbers", DefaultValueFactory = _ => "3-7" };
        var rows = new Option<string>("--rows") { Description = $"{string.Join(", ", s_rows)} (several apart by commas); all by default.", HelpName = "names", DefaultValueFactory = _ => string.Join(',', s_rows) };
        var sparsity = new Option<double?>("--sparsity") { Description = "The share of weights pruned at last.", HelpName = "share", CustomParser = result => RunOptions.Number(result, 0, 0.999, whole: false) };
        var settings = new Option<string?>("--prune-settings") { Description = "A JSON file of further settings, of all rows.", HelpName = "file" };
        var runs = new Option<string>("--runs") { Description = "The file of finished runs, a line of JSON each; those in it are not run again.", HelpName = "file", Required = true };
        var command = new Command("strategies", "Each pruning strategy over seeds in ours: means and spread, resumable run by run.") { model, folder, epochs, limit, seeds, rows, sparsity, settings, runs };
        command.SetAction(result =>
        {
            var read = run.Read(result, DefaultBatch, TimeSpan.Zero, ComputeTopology.Default.Threads);
            if (read.Json is not null) throw new ArgumentException("--json: the rows are in the file of --runs; expected none.");
            var wanted = Wanted(
                StepOptions.ParseModel(result.GetValue(model)!), result.GetValue(epochs), ParseRows(result.GetValue(rows)!), ParseSeeds(result.GetValue(seeds)!),
                row => SettingsOf(row, result.GetValue(sparsity), result.GetValue(settings)),
                (read.Batch, read.Threads));
            Run(
                wanted, (read.Batch, read.Threads), new Lazy<CifarImages>(() => new CifarImages(result.GetValue(folder))), result.GetValue(runs)!,
                result.GetValue(limit), result.InvocationConfiguration.Output);
        });
        return command;
    }

    /// <summary>Seeds as an option names them.</summary>
    /// <exception cref="ArgumentException">They are none.</exception>
    internal static IReadOnlyList<ulong> ParseSeeds(string text)
    {
        var seeds = new List<ulong>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !uint.TryParse(ends[0], out var first) || !uint.TryParse(ends[^1], out var last) || last < first || last - first > 1000)
                throw new ArgumentException($"--seeds: expected numbers such as 3-7 or 1,4, got '{part}'.");
            for (ulong seed = first; seed <= last; seed++) seeds.Add(seed);
        }

        return seeds.Count > 0 ? seeds : throw new ArgumentException($"--seeds: expected numbers such as 3-7 or 1,4, got '{text}'.");
    }

    /// <summary>A row's settings: what has no gate holds images out as long as the gated strategy may, if that holds any.</summary>
    /// <returns>The settings; null for the dense row.</returns>
    internal static PruningSettings? SettingsOf(string row, double? sparsity, string? file)
    {
        if (row == "dense") return null;
        var settings = RecipeCommand.Settings(row, sparsity, file);
        return settings is { Strategy: PruningStrategyKind.Gated } or { Validation: 0 } ? settings : settings with { JudgedUntil = settings.End };
    }

    private static List<(PruningTableRun Run, PruningSettings? Settings)> Wanted(
        string model, int epochs, IReadOnlyList<string> rows, IReadOnlyList<ulong> seeds, Func<string, PruningSettings?> settings,
        (int Batch, int Threads) size)
    {
        var wanted = new List<(PruningTableRun, PruningSettings?)>();
        foreach (var seed in seeds)
        {
            foreach (var row in rows)
            {
                var pruning = settings(row);
                var text = pruning is null ? "" : PruningSettingsJson.Write(pruning, indented: false);
                wanted.Add((new PruningTableRun(model, epochs, row, seed, text, 0, 0, 0, 0) { Batch = size.Batch, Threads = size.Threads }, pruning));
            }
        }

        return wanted;
    }

    private static void Run(
        List<(PruningTableRun Run, PruningSettings? Settings)> wanted, (int Batch, int Threads) settings, Lazy<CifarImages> images, string path, int limit,
        TextWriter output)
    {
        var finished = PruningTableRun.Read(path).ToList();
        foreach (var (run, pruning) in wanted.Where(one => !finished.Any(one.Run.IsSameAs)).Take(limit).ToArray())
        {
            var done = Train(run, pruning, settings, images.Value);
            PruningTableRun.Append(path, done);
            finished.Add(done);
            output.WriteLine(FormattableString.Invariant($"{run.Row}, seed {run.Seed}: {done.Accuracy:P1} at {done.Sparsity:P1} zeros in {done.Seconds:F0} s"));
            output.Flush();
        }

        output.WriteLine();
        foreach (var line in PruningTableRun.Table([.. finished.Where(run => wanted.Any(one => one.Run.IsSameAs(run)))])) output.WriteLine(line);
    }

    private static PruningTableRun Train(PruningTableRun run, PruningSettings? pruning, (int Batch, int Threads) settings, CifarImages images)
    {
        var task = RecipeTask.Cifar(run.Model, images);
        using var trainer = new Trainer(task.Options(settings, new TrainingRecipe(Seed: run.Seed), run.Epochs, pruning));
        var reports = new List<EpochReport>();
        trainer.Run(onEpoch: reports.Add);
        var report = trainer.PruningUnit?.Report;
        return run with
        {
            Accuracy = reports[^1].TestAccuracy,
            Sparsity = report?.Sparsity ?? 0,
            CoarseShare = report?.CoarseShare ?? 0,
            Seconds = reports.Sum(epoch => (epoch.TrainingTime + epoch.ValidationTime).TotalSeconds),
        };
    }

    private static IReadOnlyList<string> ParseRows(string names)
    {
        var rows = names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().ToArray();
        if (rows.Length == 0 || rows.FirstOrDefault(row => !s_rows.Contains(row)) is not null)
            throw new ArgumentException($"--rows: expected some of {string.Join(", ", s_rows)}, got '{names}'.");
        return rows;
    }

    private static Option<int> Count(string name, string description, int otherwise) => new(name)
    {
        Description = description,
        HelpName = "count",
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => (int)RunOptions.Number(result, 1, 100_000, whole: true),
    };
}
