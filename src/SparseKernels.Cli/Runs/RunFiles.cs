using System.Globalization;

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
        string path;
        if (string.IsNullOrEmpty(chosen))
        {
            path = Free(Path.Combine(DefaultFolder, name));
        }
        else
        {
            path = Expand(chosen, name);
            var taken = new[] { path, StateOf(path) }.FirstOrDefault(Path.Exists);
            if (taken is not null)
                throw new IOException($"'{taken}' exists already: continue it with --resume, or choose another name for --out.");
        }

        return path;
    }

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
            if (!Path.Exists(path) && !Path.Exists(StateOf(path))) return path;
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
