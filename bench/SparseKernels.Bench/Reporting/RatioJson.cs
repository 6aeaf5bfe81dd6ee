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
}
