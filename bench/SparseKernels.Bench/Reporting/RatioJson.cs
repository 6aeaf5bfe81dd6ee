using System.Text.Json;

namespace SparseKernels.Bench.Reporting;

/// <summary>The rows as one JSON array.</summary>
internal static class RatioJson
{
    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true };

    /// <summary>Checks before a long run that its result can be written.</summary>
    /// <param name="path">The file to be.</param>
    /// <exception cref="IOException">Its folder doesn't exist, or a folder has that name.</exception>
    public static void CheckWritable(string path)
    {
        if (Directory.Exists(path)) throw new IOException($"--json {path}: is a folder.");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"--json {path}: the folder {folder} doesn't exist.");
    }

    /// <summary>Writes the file whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">The rows.</param>
    /// <typeparam name="TRow">A record with the keys as its properties.</typeparam>
    public static void Write<TRow>(string path, IReadOnlyList<TRow> rows)
    {
        var temporary = $"{path}.{Environment.ProcessId}";
        File.WriteAllText(temporary, JsonSerializer.Serialize(rows, s_readable) + "\n");
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads rows of <c>ratios</c>, <c>ratios step</c>, <c>ratios predict</c> or <c>ratios scaling</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="InvalidDataException">It holds something else.</exception>
    public static IReadOnlyList<RatioRow> ReadRatios(string path) => Read<RatioRow>(
        path, "ratios", row => row is { Layer: not null, Pass: not null, Isa: not null, OursMs: > 0, PeakShare: > 0, Ratio: null or > 0 });

    /// <summary>Reads rows of <c>ratios sparse</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="InvalidDataException">It holds something else.</exception>
    public static IReadOnlyList<SparseRow> ReadSparse(string path) => Read<SparseRow>(path, "ratios sparse", row =>
        row is { Layer: not null, Pass: not null, Isa: not null, Cell: not null, OursMs: > 0, OursDenseMs: > 0, FineDensity: > 0 and <= 1 });

    private static TRow[] Read<TRow>(string path, string command, Predicate<TRow> isWhole)
    {
        try
        {
            var rows = JsonSerializer.Deserialize<TRow[]>(File.ReadAllText(path)) ?? throw new JsonException(
                "expected an array, got null.");
            return Array.TrueForAll(rows, isWhole) ? rows : throw new JsonException($"a row lacks what rows of {command} have.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: not what {command} --json writes: {e.Message}", e);
        }
    }
}
