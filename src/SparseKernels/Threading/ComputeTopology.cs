namespace SparseKernels.Threading;

/// <summary>
/// How a convolution spreads over the machine: clusters of cores. A cluster takes a share of the work and its cores share that.
/// Results never depend on it: work items and the order of every sum are fixed by the shape alone.
/// </summary>
public sealed record ComputeTopology
{
    /// <summary>Makes a topology.</summary>
    /// <param name="clusters">Groups of cores that share a cache; 1 or more.</param>
    /// <param name="coresPerCluster">Worker threads in each; 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is under 1, or both together are over 1,024 threads.</exception>
    public ComputeTopology(int clusters, int coresPerCluster)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clusters, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(coresPerCluster, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)clusters * coresPerCluster, 1024, nameof(coresPerCluster));
        (Clusters, CoresPerCluster) = (clusters, coresPerCluster);
    }

    /// <summary>Groups of cores that share a cache.</summary>
    public int Clusters { get; }

    /// <summary>Worker threads in each cluster.</summary>
    public int CoresPerCluster { get; }

    /// <summary>Worker threads in all.</summary>
    public int Threads => Clusters * CoresPerCluster;

    /// <summary>The machine's own: one cluster per last-level cache, one worker per processor the process may use.</summary>
    public static ComputeTopology Default { get; } = MachineTopology.Detect();

    /// <summary>A topology of so many threads, in as many clusters as the machine's caches suggest.</summary>
    /// <param name="threads">Worker threads; 1 or more.</param>
    /// <returns>The topology.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is under 1 or over 1,024.</exception>
    public static ComputeTopology FromThreads(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, 1024);
        var perCluster = Default.CoresPerCluster;
        return threads % perCluster == 0 ? new(threads / perCluster, perCluster) : new(1, threads);
    }
}
