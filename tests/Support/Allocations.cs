namespace SparseKernels.TestSupport;

/// <summary>Counts managed allocations of the whole process, worker threads included; use it in <see cref="SoloCollection"/>.</summary>
internal static class Allocations
{
    /// <summary>
    /// The fewest bytes that any of several runs allocates. An action that allocates does so every time; the runtime's own threads
    /// (tiered compilation, the test runner's messages) allocate now and then, hence the least.
    /// </summary>
    public static long Least(Action action)
    {
        action();
        var least = long.MaxValue;
        for (var run = 0; run < 60 && least > 0; run++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            action();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        return least;
    }
}
