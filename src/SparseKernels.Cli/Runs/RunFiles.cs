using System.Globalization;
using SparseKernels.Files;

namespace SparseKernels.Cli.Runs;

/// <summary>Where a run keeps its checkpoint. An existing checkpoint is only ever written by the run that it belongs to.</summary>
internal static class RunFiles
{
    private const string Extension = ".safetensors";
    private const string StateExtension = ".state.safetensors";

    /// <summary>The folder of runs for which no name was given.</summary>
    private const string DefaultFolder = "runs";

    /// <summary>The weights file of a new run.</summary>
    /// <param name="chosen">
    /// What <c>--out</c> said: a file, with or without its extension, or a folder; null for a free name under <c>runs</c>.
    /// </param>
    /// <param name="name">The run's name where none is given: <c>vgg-small-synthetic</c>.</param>
    /// <returns>The path; neither of the checkpoint's files exists, its folder maybe neither.</returns>
    /// <exception cref="IOException">A checkpoint is there already.</exception>
    public static string ForNewRun(string? chosen, string name)
    {
        if (string.IsNullOrEmpty(chosen)) return Free(Path.Combine(DefaultFolder, name));
        var path = Expand(chosen, name);
        RequireFree(path);
        return path;
    }

    /// <summary>Refuses a path where a checkpoint is.</summary>
    /// <exception cref="IOException">A checkpoint is there already.</exception>
    public static void RequireFree(string path)
    {
        var taken = new[] { path, StateOf(path) }.FirstOrDefault(Path.Exists);
        if (taken is not null)
            throw new IOException($"'{taken}' exists already: continue it with --resume, or choose another name for --out.");
    }

    /// <summary>The weights file from which to go on, and the one that the run writes from then on.</summary>
    /// <param name="resumed">What followed <c>--resume</c>, as for the other; null if nothing did.</param>
    /// <param name="chosen">
    /// What <c>--out</c> said: another name for the run if <paramref name="resumed"/> names one, else the run to go on with.
    /// </param>
    /// <exception cref="FileNotFoundException">There is no such checkpoint.</exception>
    /// <exception cref="IOException">A checkpoint is there already where the run is to be written.</exception>
    public static (string From, string To) ForResumedRun(string? resumed, string? chosen)
    {
        var from = ForResume(resumed, chosen);
        if (string.IsNullOrEmpty(resumed) || string.IsNullOrEmpty(chosen)) return (from, from);
        var to = Expand(chosen, Path.GetFileName(from)[..^Extension.Length]);
        if (Path.GetFullPath(to) == Path.GetFullPath(from)) return (from, from);
        RequireFree(to);
        return (from, to);
    }

    /// <summary>Refuses a further output of a run that is one of its checkpoint's files.</summary>
    /// <param name="path">The run's weights file.</param>
    /// <param name="other">The other output.</param>
    /// <param name="option">The option that named it.</param>
    /// <exception cref="ArgumentException">They are one file.</exception>
    public static void RequireApart(string path, string other, string option)
    {
        string[] own = [path, StateOf(path), ReportOf(path)];
        if (own.FirstOrDefault(file => Meant(file) == Meant(other)) is { } same)
            throw new ArgumentException($"{option} '{other}' is the run's own file '{same}': choose another name.");
    }

    /// <summary>A run's report in Markdown.</summary>
    public static string ReportOf(string path) => path[..^Extension.Length] + ".report.md";

    private static string Meant(string path) => Path.GetFullPath(FileKind.TargetOf(path));

    /// <summary>The weights file of the run to continue.</summary>
    /// <param name="resumed">
    /// What followed <c>--resume</c>: the weights or state file, with or without extension, or a folder for the latest in it; null if
    /// nothing did.
    /// </param>
    /// <param name="chosen">What <c>--out</c> said, which names the run if <paramref name="resumed"/> doesn't.</param>
    /// <returns>The path; its state file exists.</returns>
    /// <exception cref="FileNotFoundException">There is no such checkpoint.</exception>
    public static string ForResume(string? resumed, string? chosen)
    {
        var given = string.IsNullOrEmpty(resumed) ? chosen : resumed;
        var path = string.IsNullOrEmpty(given) ? Latest(DefaultFolder) : Directory.Exists(given) ? Latest(given) : WithExtension(given);
        if (!File.Exists(StateOf(path))) throw new FileNotFoundException($"There is no checkpoint '{StateOf(path)}'.");
        return path;
    }

    /// <summary>The weights file that something names, if it has no state file beside it.</summary>
    /// <param name="given">A weights or state file, with or without extension, or a folder.</param>
    /// <returns>The file, which exists; null where a state file may be.</returns>
    public static string? WeightsAlone(string given)
    {
        if (Directory.Exists(given)) return null;
        var path = WithExtension(given);
        return File.Exists(path) && !File.Exists(StateOf(path)) ? path : null;
    }

    private static string StateOf(string path) => path[..^Extension.Length] + StateExtension;

    private static string Expand(string given, string name)
    {
        if (Directory.Exists(given) || Path.EndsInDirectorySeparator(given)) return Path.Combine(given, name + Extension);
        return WithExtension(given);
    }

    private static string WithExtension(string given)
    {
        if (given.EndsWith(StateExtension, StringComparison.Ordinal)) return given[..^StateExtension.Length] + Extension;
        return given.EndsWith(Extension, StringComparison.Ordinal) ? given : given + Extension;
    }

    private static string Free(string stem)
    {
        for (var i = 1; ; i++)
        {
            var path = (i == 1 ? stem : string.Create(CultureInfo.InvariantCulture, $"{stem}-{i}")) + Extension;
            if (!Path.Exists(path) && !Path.Exists(StateOf(path)) && !OutputLock.IsTaken(path)) return path;
        }
    }

    private static string Latest(string folder)
    {
        var state = Directory.Exists(folder)
            ? new DirectoryInfo(folder).EnumerateFiles("*" + StateExtension).MaxBy(file => file.LastWriteTimeUtc)
            : null;
        return state is null
            ? throw new FileNotFoundException($"There is no checkpoint in '{folder}': name one.")
            : Path.Combine(folder, state.Name[..^StateExtension.Length] + Extension);
    }
}
