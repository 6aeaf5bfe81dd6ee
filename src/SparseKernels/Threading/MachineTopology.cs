namespace SparseKernels.Threading;

/// <summary>Reads caches and cores from the operating system, or caches from the processor; a sane default where neither tells.</summary>
internal static class MachineTopology
{
    private const string CacheRoot = "/sys/devices/system/cpu/cpu0/cache";

    /// <summary>L1 data cache of one core in bytes.</summary>
    public static int L1Bytes { get; } = CacheBytes(level: 1) ?? CpuidCaches.Bytes(level: 1) ?? 32 * 1024;

    /// <summary>L2 cache of one core in bytes.</summary>
    public static int L2Bytes { get; } = CacheBytes(level: 2) ?? CpuidCaches.Bytes(level: 2) ?? 512 * 1024;

    /// <summary>Last-level cache in bytes.</summary>
    public static int L3Bytes { get; } = CacheBytes(level: 3) ?? 8 * 1024 * 1024;

    /// <summary>Processors that this process may use: of a limit on its time also the fraction.</summary>
    public static double Processors { get; } =
        Usable(Environment.ProcessorCount, Environment.GetEnvironmentVariable("DOTNET_PROCESSOR_COUNT") is { Length: > 0 }, CgroupLimit.Read());

    /// <summary>One cluster per last-level cache, one worker per processor this process may use.</summary>
    public static ComputeTopology Detect() => Detect(Processors);

    /// <summary>The same for so many processors; a part of one counts as a whole.</summary>
    public static ComputeTopology Detect(double processors)
    {
        var cores = (int)Math.Clamp(Math.Ceiling(processors), 1, 1024);
        var shared = Math.Clamp(SharingLastLevel() ?? cores, 1, cores);
        return cores % shared == 0 ? new(cores / shared, shared) : new(1, cores);
    }

    /// <summary>What may be used of the processors that the runtime counts: those its user told it, or what a limit on their time leaves.</summary>
    /// <param name="counted">The runtime's number: affinity and its own control group are in it.</param>
    /// <param name="told">Whether the user set that number.</param>
    /// <param name="limit">Processors' worth of time, where something limits it.</param>
    public static double Usable(int counted, bool told, double? limit) => told || limit is not { } some ? counted : Math.Min(counted, some);

    private static int? CacheBytes(int level)
    {
        foreach (var index in CacheIndexes(level))
        {
            var size = SystemFile.ReadText(Path.Combine(index, "size"));
            if (size is null || size.Length < 2 || !int.TryParse(size.AsSpan(0, size.Length - 1), out var value)) continue;
            return size[^1] switch { 'K' => value * 1024, 'M' => value * 1024 * 1024, _ => null };
        }

        return null;
    }

    private static int? SharingLastLevel()
    {
        foreach (var index in CacheIndexes(level: 3))
        {
            var list = SystemFile.ReadText(Path.Combine(index, "shared_cpu_list"));
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
            if (SystemFile.ReadText(Path.Combine(index, "level")) == level.ToString() && SystemFile.ReadText(Path.Combine(index, "type")) != "Instruction")
                yield return index;
        }
    }
}
