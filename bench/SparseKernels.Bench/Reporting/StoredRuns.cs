namespace SparseKernels.Bench.Reporting;

/// <summary>
/// What was measured on one machine: files of <c>--json</c> in folders <c>run-1</c>, <c>run-2</c> … that the same commands filled
/// at different times; without such folders the machine's own folder is the only run.
/// </summary>
internal sealed class StoredRuns
{
    private readonly string[] _folders;

    /// <summary>Finds the runs.</summary>
    /// <param name="folder">The machine's folder; if it doesn't exist there are no runs.</param>
    public StoredRuns(string folder)
    {
        Machine = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        if (!Directory.Exists(folder))
        {
            _folders = [];
            return;
        }

        var runs = Directory.GetDirectories(folder, "run-*");
        Array.Sort(runs, StringComparer.Ordinal);
        _folders = runs.Length > 0 ? runs : [folder];
    }

    /// <summary>The folder's name.</summary>
    public string Machine { get; }

    /// <summary>Rows of layers or networks.</summary>
    /// <param name="name">The file's name without <c>.json</c>.</param>
    /// <returns>The rows; null if no run has the file.</returns>
    /// <exception cref="InvalidDataException">A file holds something else, or other rows than the first run's.</exception>
    public StoredRows<RatioRow>? Ratios(string name) => Read(name, RatioJson.ReadRatios, row => row with
    {
        OursMs = 0,
        PeerMs = null,
        Ratio = null,
        EffectiveGflops = 0,
        PeakGflops = 0,
        PeakShare = 0,
    });

    /// <summary>Rows of sparse cells.</summary>
    /// <param name="name">The file's name without <c>.json</c>.</param>
    /// <returns>The rows; null if no run has the file.</returns>
    /// <exception cref="InvalidDataException">A file holds something else, or other rows than the first run's.</exception>
    public StoredRows<SparseRow>? Sparse(string name) => Read(name, RatioJson.ReadSparse, row => row with
    {
        OursMs = 0,
        PeerMs = null,
        Ratio = null,
        EffectiveGflops = 0,
        PeakGflops = 0,
        PeakShare = 0,
        OursDenseMs = 0,
        WorkLeftGflops = 0,
        MultipleOfPeak = 0,
    });

    private StoredRows<TRow>? Read<TRow>(
        string name, Func<string, IReadOnlyList<TRow>> read, Func<TRow, TRow> withoutFigures)
    {
        var files = _folders.Select(folder => Path.Combine(folder, $"{name}.json")).Where(File.Exists).ToArray();
        if (files.Length == 0) return null;
        var runs = Array.ConvertAll(files, file => read(file));
        for (var i = 0; i < runs.Length; i++)
        {
            if (runs[i].Count == 0) throw new InvalidDataException($"{files[i]}: has no row.");
            if (!runs[i].Select(withoutFigures).SequenceEqual(runs[0].Select(withoutFigures)))
                throw new InvalidDataException(
                    $"{files[i]}: other rows than {files[0]} has; runs of one machine come from the same commands.");
        }

        return new StoredRows<TRow>(runs);
    }
}
