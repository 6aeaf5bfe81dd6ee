namespace SparseKernels.Threading;

/// <summary>Reads caches and cores from the operating system; a sane default where it doesn't tell.</summary>
internal static class MachineTopology
{
    private const string CacheRoot = "/sys/devices/system/cpu/cpu0/cache";

    /// <summary>L1 data cache of one core in bytes.</summary>
    public static int L1Bytes { get; } = CacheBytes(level: 1) ?? 32 * 1024;

    /// <summary>L2 cache of one core in bytes.</summary>
    public static int L2Bytes { get; } = CacheBytes(level: 2) ?? 512 * 1024;

    /// <summary>Last-level cache in bytes.</summary>
    public static int L3Bytes { get; } = CacheBytes(level: 3) ?? 8 * 1024 * 1024;

    /// <summary>One cluster per last-level cache, one worker per processor this process may use.</summary>
    public static ComputeTopology Detect()
    {
        var cores = Math.Clamp(Environment.ProcessorCount, 1, 1024);
        var shared = Math.Clamp(SharingLastLevel() ?? cores, 1, cores);
        return cores % shared == 0 ? new(cores / shared, shared) : new(1, cores);
    }

    private static int? CacheBytes(int level)
    {
        foreach (var index in CacheIndexes(level))
        {
            var size = ReadLine(Path.Combine(index, "size"));
            if (size is null || size.Length < 2 || !int.TryParse(size.AsSpan(0, size.Length - 1), out var value)) continue;
            return size[^1] switch { 'K' => value * 1024, 'M' => value * 1024 * 1024, _ => null };
        }

        return null;
    }

    private static int? SharingLastLevel()
    {
        foreach (var index in CacheIndexes(level: 3))
        {
            var list = ReadLine(Path.Combine(index, "shared_cpu_list"));
            if (list is null) continue;
            var count = 0;
            foreach (var range in list.Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                var ends = range.Split('-');
                if (!int.TryParse(ends[0], out var first) || !int.TryParse(ends[^1], out var last)) return null;
                count += last - first + 1;
            }

            return count;
        }

        return null;
    }

    private static IEnumerable<string> CacheIndexes(int level)
    {
        for (var i = 0; i < 8; i++)
        {
            var index = Path.Combine(CacheRoot, $"index{i}");
            if (ReadLine(Path.Combine(index, "level")) == level.ToString() && ReadLine(Path.Combine(index, "type")) != "Instruction")
                yield return index;
        }
    }

    private static string? ReadLine(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
