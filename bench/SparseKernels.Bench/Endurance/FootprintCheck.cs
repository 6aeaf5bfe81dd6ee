namespace SparseKernels.Bench.Endurance;

/// <summary>
/// Whether a process grew: its first footprint after the warm-up against the median of the last three, so that one odd moment says nothing.
/// </summary>
/// <param name="warm">The first footprint that counts.</param>
internal sealed class FootprintCheck(Footprint warm)
{
    /// <summary>Bytes that resident memory may grow by: the allocator and the JIT keep some.</summary>
    public const long ResidentSlack = 48 << 20;

    /// <summary>Bytes that the managed heap may grow by.</summary>
    public const long HeapSlack = 4 << 20;

    /// <summary>Bytes that native buffers may grow by: every round ends with those it began with.</summary>
    public const long NativeSlack = 0;

    /// <summary>Threads that may come: the runtime's pool starts and ends its own.</summary>
    public const int ThreadSlack = 4;

    /// <summary>Handles that may come, with the threads.</summary>
    public const int HandleSlack = 8;

    private readonly List<Footprint> _all = [];

    /// <summary>Takes note of a footprint.</summary>
    public void Add(Footprint footprint) => _all.Add(footprint);

    /// <summary>What grew beyond its slack; empty if nothing did.</summary>
    public IEnumerable<string> Failures()
    {
        if (_all.Count < 3) return ["fewer than three footprints after the warm-up: give it more minutes"];
        return new[]
        {
            Of("resident memory", one => one.Resident, ResidentSlack),
            Of("managed heap", one => one.Heap, HeapSlack),
            Of("native buffers", one => one.Native, NativeSlack),
            Of("threads", one => one.Threads, ThreadSlack),
            Of("handles", one => one.Handles, HandleSlack),
        }.OfType<string>();
    }

    private string? Of(string what, Func<Footprint, long> value, long slack)
    {
        var (before, after) = (value(warm), _all.TakeLast(3).Select(value).Order().ElementAt(1));
        return after - before > slack ? $"{what} grew from {before:N0} to {after:N0}, more than {slack:N0}" : null;
    }
}
