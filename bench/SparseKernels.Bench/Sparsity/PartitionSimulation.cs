using SparseKernels.Threading;

namespace SparseKernels.Bench.Sparsity;

/// <summary>
/// What imbalance to expect of work items on so many cores: the time of the core that finishes last over the mean of all, 1 at best. Pure
/// functions: an item takes as long as it has work, and nothing else.
/// </summary>
internal static class PartitionSimulation
{
    /// <summary>
    /// Each core has a run of consecutive items of its own: an equal number, or as near to equal work as cuts between items come.
    /// </summary>
    /// <param name="work">Each item's work.</param>
    /// <param name="cores">How many.</param>
    /// <param name="byWork">Whether runs have equal work.</param>
    /// <exception cref="ArgumentException">There is no item.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no core, or an item's work is negative.</exception>
    public static double Alone(ReadOnlySpan<long> work, int cores, bool byWork) => Clusters(work, cores, 1, byWork, helps: false);

    /// <summary>Clusters have runs of consecutive items, whose items their cores take one by one.</summary>
    /// <param name="work">Each item's work.</param>
    /// <param name="clusters">How many.</param>
    /// <param name="coresPerCluster">Cores of each.</param>
    /// <param name="byWork">Whether clusters have equal work, not an equal number of items.</param>
    /// <param name="helps">Whether a core that finds its cluster's items gone takes the next cluster's, as the worker threads do.</param>
    /// <exception cref="ArgumentException">There is no item.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no core, or an item's work is negative.</exception>
    public static double Clusters(ReadOnlySpan<long> work, int clusters, int coresPerCluster, bool byWork, bool helps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clusters, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(coresPerCluster, 1);
        if (work.IsEmpty) throw new ArgumentException("expected at least one item, got none.", nameof(work));
        var before = new long[work.Length + 1];
        for (var i = 0; i < work.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(work[i], nameof(work));
            before[i + 1] = checked(before[i] + work[i]);
        }

        if (before[^1] == 0) return 1;
        var first = new int[clusters + 1];
        for (var cluster = 0; cluster <= clusters; cluster++) first[cluster] = PartitionCut.FirstOf(
            cluster, clusters, work.Length, byWork ? before : []);
        var next = first[..clusters];
        var cores = new PriorityQueue<int, (long Time, int Core)>();
        for (var core = 0; core < clusters * coresPerCluster; core++) cores.Enqueue(core, (0, core));
        var last = 0L;
        while (cores.TryDequeue(out var core, out var at))
        {
            last = Math.Max(last, at.Time);
            if (Take(core / coresPerCluster) is { } item) cores.Enqueue(core, (at.Time + before[item + 1] - before[item], core));
        }

        return (double)last * clusters * coresPerCluster / before[^1];

        int? Take(int own)
        {
            for (var i = 0; i < (helps ? clusters : 1); i++)
            {
                var cluster = (own + i) % clusters;
                if (next[cluster] < first[cluster + 1]) return next[cluster]++;
            }

            return null;
        }
    }
}
