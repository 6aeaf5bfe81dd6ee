using System.Globalization;
using System.Runtime.InteropServices;

namespace SparseKernels.Distributed.Launching;

/// <summary>On which processors threads may run, on Linux; elsewhere nothing is known and nothing is changed.</summary>
internal static unsafe partial class ProcessorAffinity
{
    private const int MostProcessors = 8192;
    private const string Libc = "libc";

    /// <summary>Those of this process's first thread; none where that isn't known.</summary>
    public static int[] Own()
    {
        if (!OperatingSystem.IsLinux()) return [];
        var words = stackalloc ulong[MostProcessors / 64];
        if (GetAffinity(0, MostProcessors / 8, words) != 0) return [];
        return [.. Enumerable.Range(0, MostProcessors).Where(Bits(new Span<ulong>(words, MostProcessors / 64)))];
    }

    /// <summary>Those of the process that started this one; none where that isn't known.</summary>
    public static int[] OfParent()
    {
        if (Field("/proc/self/status", "PPid:") is not { } parent) return [];
        return Field($"/proc/{parent}/status", "Cpus_allowed_list:") is { } list ? Parse(list) : [];
    }

    /// <summary>Keeps all threads of this process, and those that they start, to some processors.</summary>
    /// <returns>Whether the system did so.</returns>
    public static bool Keep(IEnumerable<int> processors)
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/proc/self/task")) return false;
        var words = stackalloc ulong[MostProcessors / 64];
        new Span<ulong>(words, MostProcessors / 64).Clear();
        foreach (var processor in processors) words[processor / 64] |= 1UL << (processor % 64);
        var done = true;
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
            done &= SetAffinity(int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture), MostProcessors / 8, words) == 0;
        return done;
    }

    /// <summary>Reads <c>0-3,8</c>.</summary>
    public static int[] Parse(string list) =>
    [
        .. list.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries).SelectMany(range =>
        {
            var ends = range.Split('-');
            var first = int.Parse(ends[0], CultureInfo.InvariantCulture);
            return Enumerable.Range(first, int.Parse(ends[^1], CultureInfo.InvariantCulture) - first + 1);
        }),
    ];

    private static Func<int, bool> Bits(Span<ulong> words)
    {
        var copy = words.ToArray();
        return i => (copy[i / 64] >> (i % 64) & 1) != 0;
    }

    private static string? Field(string file, string name)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport(Libc, EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint size, ulong* mask);

    [LibraryImport(Libc, EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint size, ulong* mask);
}
