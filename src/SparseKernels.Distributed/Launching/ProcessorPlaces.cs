using System.Globalization;

namespace SparseKernels.Distributed.Launching;

/// <summary>Shares the processors of a machine among its ranks, so that each gets neighbours: whole cores, and cores of one cache.</summary>
internal static class ProcessorPlaces
{
    /// <summary>A rank's share.</summary>
    /// <param name="processors">All processors that the ranks may use.</param>
    /// <param name="placeOf">Where a processor lies: package, last-level cache, core.</param>
    /// <param name="rank">The rank on this machine.</param>
    /// <param name="size">Ranks on this machine.</param>
    /// <returns>Its processors: none of another rank's, or a single one where there are fewer than ranks.</returns>
    public static int[] Share(IReadOnlyList<int> processors, Func<int, (int Package, int Cache, int Core)> placeOf, int rank, int size)
    {
        var ordered = processors.OrderBy(placeOf).ThenBy(processor => processor).ToArray();
        if (ordered.Length < size) return [ordered[rank % ordered.Length]];
        var first = (int)((long)ordered.Length * rank / size);
        return ordered[first..(int)((long)ordered.Length * (rank + 1) / size)];
    }

    /// <summary>Where a processor of this machine lies, as Linux tells; zeros where it doesn't.</summary>
    public static (int Package, int Cache, int Core) Of(int processor)
    {
        var folder = $"/sys/devices/system/cpu/cpu{processor}";
        return (Number($"{folder}/topology/physical_package_id"), Number($"{folder}/cache/index3/id"), Number($"{folder}/topology/core_id"));
    }

    private static int Number(string file)
    {
        try
        {
            return int.TryParse(File.ReadAllText(file), NumberStyles.AllowTrailingWhite | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
