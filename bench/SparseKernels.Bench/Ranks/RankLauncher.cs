using System.Diagnostics;
using System.Globalization;

namespace SparseKernels.Bench.Ranks;

/// <summary>Starts this program on several ranks of this machine.</summary>
/// <param name="command">The launcher with its options, without the number of ranks.</param>
internal sealed class RankLauncher(string command)
{
    /// <summary>Open MPI's on any machine, by Debian's name where there are two.</summary>
    public static string Default
    {
        get
        {
            const string Options = "--oversubscribe --bind-to none";
            var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
            return paths.Any(path => File.Exists(Path.Combine(path, "mpirun.openmpi"))) ? $"mpirun.openmpi {Options}" : $"mpirun {Options}";
        }
    }

    /// <summary>Runs ranks to their end.</summary>
    /// <param name="ranks">How many.</param>
    /// <param name="arguments">This program's arguments on each.</param>
    /// <returns>What they wrote.</returns>
    /// <exception cref="IOException">The launcher isn't there, or a rank failed.</exception>
    public string Run(int ranks, params string[] arguments)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) throw new ArgumentException("--launcher: expected a command such as mpirun, got nothing.");
        string[] count = ["-n", ranks.ToString(CultureInfo.InvariantCulture)];
        var start = new ProcessStartInfo(words[0], [.. words[1..], .. count, .. Program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Else Open MPI starts nothing for root, as in a container.
        foreach (var name in (string[])["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"]) start.Environment[name] = "1";
        using var process = Start(start);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new IOException($"{words[0]} ended with {process.ExitCode}: {string.Join(' ', error.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(3))}");
        return output;
    }

    /// <summary>This program, as it was started.</summary>
    private static string[] Program => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [Environment.ProcessPath!, typeof(RankLauncher).Assembly.Location]
        : [Path.Combine(AppContext.BaseDirectory, typeof(RankLauncher).Assembly.GetName().Name!)];

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException($"{start.FileName} can't be started ({e.Message}): install an MPI (Debian: openmpi-bin), or name it with --launcher.", e);
        }
    }
}
