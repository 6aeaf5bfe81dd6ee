using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SparseKernels.Bench.Reporting;

/// <summary>One finished run of a table over strategies and seeds, a line of its file.</summary>
/// <param name="Model">The network's name.</param>
/// <param name="Epochs">Epochs.</param>
/// <param name="Row">The strategy; <c>dense</c> for none.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Settings">The pruning settings as JSON; empty for a dense run.</param>
/// <param name="Accuracy">Test accuracy at the end, 0 to 1.</param>
/// <param name="Sparsity">Share of the pruned layers' weights that are zero.</param>
/// <param name="CoarseShare">Share of those zeros in groups that kernels jump.</param>
/// <param name="Seconds">Training and judging, test images left out.</param>
internal sealed record PruningTableRun(
    string Model, int Epochs, string Row, ulong Seed, string Settings, double Accuracy, double Sparsity, double CoarseShare, double Seconds)
{
    /// <summary>Images in a batch.</summary>
    public int Batch { get; init; }

    /// <summary>Threads, which change the seconds alone.</summary>
    public int Threads { get; init; }

    /// <summary>Whether it is the same run, finished or not.</summary>
    public bool IsSameAs(PruningTableRun other) =>
        (Model, Epochs, Row, Seed, Settings, Batch, Threads) ==
        (other.Model, other.Epochs, other.Row, other.Seed, other.Settings, other.Batch, other.Threads);

    /// <summary>A line of JSON.</summary>
    public string ToLine() => JsonSerializer.Serialize(this, PruningTableContext.Default.PruningTableRun);

    /// <summary>Adds a run to a file of lines, in place of a line that was cut off while it was written.</summary>
    public static void Append(string path, PruningTableRun run)
    {
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        file.SetLength(WholeLines(new StreamReader(file).ReadToEnd()).Sum(line => Encoding.UTF8.GetByteCount(line)));
        file.Seek(0, SeekOrigin.End);
        file.Write(Encoding.UTF8.GetBytes(run.ToLine() + "\n"));
    }

    /// <summary>Reads a file of lines; none where there is no file, and not one that was cut off while it was written.</summary>
    /// <exception cref="InvalidDataException">A line is no run.</exception>
    public static IReadOnlyList<PruningTableRun> Read(string path)
    {
        if (!File.Exists(path)) return [];
        try
        {
            return [.. WholeLines(File.ReadAllText(path)).Where(line => line.Trim().Length > 0).Select(line =>
                JsonSerializer.Deserialize(line, PruningTableContext.Default.PruningTableRun) ?? throw new JsonException("null"))];
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' has a line that is no run: {e.Message}", e);
        }
    }

    /// <summary>
    /// The table: a line for each row with the mean of its seeds, their standard deviation (of n − 1), least and greatest accuracy, the mean
    /// difference to dense runs of the same seeds, and means of the rest.
    /// </summary>
    /// <param name="runs">The runs.</param>
    public static IEnumerable<string> Table(IReadOnlyList<PruningTableRun> runs)
    {
        yield return $"{"row",-10} {"seeds",5} {"accuracy",9} {"spread",6} {"least",7} {"most",7} {"to dense",9} {"zeros",7} {"coarse",7} {"seconds",8}";
        var dense = runs.Where(run => run.Row == "dense").ToDictionary(run => run.Seed, run => run.Accuracy);
        foreach (var row in runs.GroupBy(run => run.Row))
        {
            var paired = row.Where(run => dense.ContainsKey(run.Seed)).ToArray();
            var difference = paired.Length == 0 ? "-" : FormattableString.Invariant($"{100 * paired.Average(run => run.Accuracy - dense[run.Seed]):+0.00;-0.00}");
            yield return FormattableString.Invariant(
                $"{row.Key,-10} {row.Count(),5} {row.Average(run => run.Accuracy),9:P1} {Spread(row),6} {row.Min(run => run.Accuracy),7:P1} {row.Max(run => run.Accuracy),7:P1} {difference,9} {row.Average(run => run.Sparsity),7:P1} {row.Average(run => run.CoarseShare),7:P1} {row.Average(run => run.Seconds),8:F0}");
        }
    }

    /// <summary>The standard deviation of a row's accuracies, in points.</summary>
    private static string Spread(IEnumerable<PruningTableRun> row)
    {
        var accuracies = row.Select(run => 100 * run.Accuracy).ToArray();
        if (accuracies.Length < 2) return "-";
        var mean = accuracies.Average();
        return Math.Sqrt(accuracies.Sum(accuracy => (accuracy - mean) * (accuracy - mean)) / (accuracies.Length - 1)).ToString("F2", CultureInfo.InvariantCulture);
    }

    private static IEnumerable<string> WholeLines(string text)
    {
        for (int start = 0, end; (end = text.IndexOf('\n', start)) >= 0; start = end + 1) yield return text[start..(end + 1)];
    }
}

/// <summary>Reads and writes runs without reflection.</summary>
[JsonSerializable(typeof(PruningTableRun))]
internal sealed partial class PruningTableContext : JsonSerializerContext;
