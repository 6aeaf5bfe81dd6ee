using System.Diagnostics;
using SparseKernels.Diagnostics;

namespace SparseKernels.Threading;

/// <summary>
/// Background threads that share the items of one job with the caller. Nothing is allocated per job. A caller who finds the
/// pool busy with another caller's job, or who is itself doing an item, does its own items alone: the results are the same,
/// whoever runs them.
/// </summary>
internal sealed unsafe class WorkerPool
{
    /// <summary>
    /// Turns of waiting for a job before a worker sleeps: longer than the gap between two layers, shorter than a time slice.
    /// </summary>
    private const int SpinsBeforeSleep = 2000;

    /// <summary>Bits that hold a number of workers: enough for 1,024 threads.</summary>
    private const int CountBits = 11;

    private const long CountMask = (1 << CountBits) - 1;

    /// <summary>Set once the caller has seen that no item is left to begin.</summary>
    private const long Closed = 1L << (2 * CountBits);

    private const int NumberShift = (2 * CountBits) + 1;

    /// <summary>Counters of two clusters are so many integers apart, so that no two share a cache line or its neighbour.</summary>
    private const int CounterStep = 32;

    private readonly object _sleep = new();
    private readonly object _oneJob = new();
    private int _workers;

    /// <summary>
    /// The present job in one word, so that all of it changes at once: from the lowest bit, how many workers may join it, how many have,
    /// whether it is closed, and its number. The caller waits for those who joined, never for one that sleeps or has lost its processor.
    /// </summary>
    private long _job = Closed;
    private int _sleepers;
    private int _left;
    private int _items;
    private int _clusters;
    private int _perCluster;

    /// <summary>The next item of each cluster's share, a cache line or two apart.</summary>
    private int[] _next = new int[CounterStep];

    /// <summary>The first item of each cluster's share, and behind them the number of items.</summary>
    private int[] _first = new int[2];

    /// <summary>Ticks that each worker was at the present job, where somebody wants to know.</summary>
    private long[] _busy = [];
    private bool _measures;
    private void* _work;
    private delegate*<void*, int, int, void> _do;
    private Exception? _failure;

    public static WorkerPool Shared { get; } = new();

    /// <summary>
    /// Does items 0 to <paramref name="items"/> − 1 on up to <paramref name="threads"/> threads of one cluster and returns when all are
    /// done.
    /// </summary>
    public void Run<TWork>(ref TWork work, int items, int threads)
        where TWork : struct, IWork => Run(ref work, items, clusters: 1, threads, []);

    /// <summary>
    /// Does items 0 to <paramref name="items"/> − 1 on the threads of a topology and returns when all are done. Each cluster takes an equal
    /// run of consecutive items, which its cores take one by one; a core that finds its cluster's share done helps the next cluster.
    /// </summary>
    public void Run<TWork>(ref TWork work, int items, ComputeTopology topology)
        where TWork : struct, IWork => Run(ref work, items, topology.Clusters, topology.CoresPerCluster, []);

    /// <summary>As the other, but clusters' runs of items are cut so that their work is equal, not their number.</summary>
    /// <param name="work">The job.</param>
    /// <param name="workBefore">
    /// For each item, and one past the last: the work of all items before it, in any unit. One longer than there are items.
    /// </param>
    /// <param name="topology">The threads.</param>
    public void Run<TWork>(ref TWork work, ReadOnlySpan<long> workBefore, ComputeTopology topology)
        where TWork : struct, IWork => Run(ref work, workBefore.Length - 1, topology.Clusters, topology.CoresPerCluster, workBefore);

    private void Run<TWork>(ref TWork work, int items, int clusters, int coresPerCluster, ReadOnlySpan<long> workBefore)
        where TWork : struct, IWork
    {
        var threads = Math.Min(clusters * coresPerCluster, items);
        if (threads <= 1 || Monitor.IsEntered(_oneJob) || !Monitor.TryEnter(_oneJob))
        {
            for (var i = 0; i < items; i++) work.Do(i, 0);
            return;
        }

        try
        {
            Grow(threads - 1);
#pragma warning disable CS8500 // The job stays where it is for the call: callers pass a local, whose references the stack keeps alive.
            fixed (TWork* pinned = &work)
#pragma warning restore CS8500
            {
                Share(items, clusters, coresPerCluster, workBefore);
                Start(pinned, &Invoke<TWork>, threads);
                Help(worker: 0);
                var joined = (int)((Interlocked.Or(ref _job, Closed) >> CountBits) & CountMask);
                var wait = default(SpinWait);
                while (Volatile.Read(ref _left) < joined) wait.SpinOnce(sleep1Threshold: -1);
            }

            if (_measures) ConvolutionMeter.RecordImbalance(Imbalance(_busy.AsSpan(0, threads)));
            var failure = _failure;
            _failure = null;
            if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
        finally
        {
            Monitor.Exit(_oneJob);
        }
    }

#pragma warning disable CS8500
    private static void Invoke<TWork>(void* work, int item, int worker)
        where TWork : struct, IWork => ((TWork*)work)->Do(item, worker);
#pragma warning restore CS8500

    /// <summary>The longest time over the mean: 1 if all threads were busy alike.</summary>
    private static double Imbalance(ReadOnlySpan<long> busy)
    {
        var (longest, all) = (0L, 0L);
        foreach (var ticks in busy) (longest, all) = (Math.Max(longest, ticks), all + ticks);
        return all == 0 ? 1 : (double)longest * busy.Length / all;
    }

    private void Share(int items, int clusters, int coresPerCluster, ReadOnlySpan<long> workBefore)
    {
        _items = items;
        (_clusters, _perCluster) = (clusters, coresPerCluster);
        if (_next.Length < clusters * CounterStep) (_next, _first) = (new int[clusters * CounterStep], new int[clusters + 1]);
        for (var cluster = 0; cluster <= clusters; cluster++) _first[cluster] = PartitionCut.FirstOf(cluster, clusters, items, workBefore);
        for (var cluster = 0; cluster < clusters; cluster++) _next[cluster * CounterStep] = _first[cluster];
    }

    private void Start(void* work, delegate*<void*, int, int, void> invoke, int threads)
    {
        _work = work;
        _do = invoke;
        _measures = ConvolutionMeter.MeasuresImbalance;
        if (_measures)
        {
            if (_busy.Length < threads) _busy = new long[threads];
            Array.Clear(_busy);
        }

        _left = 0;
        Interlocked.Exchange(ref _job, (((_job >> NumberShift) + 1) << NumberShift) | (uint)(threads - 1));
        if (Volatile.Read(ref _sleepers) == 0) return;
        lock (_sleep) Monitor.PulseAll(_sleep);
    }

    private void Help(int worker)
    {
        var start = _measures ? Stopwatch.GetTimestamp() : 0;
        try
        {
            var own = worker / _perCluster;
            for (var i = 0; i < _clusters; i++) HelpCluster((own + i) % _clusters, worker);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
            for (var cluster = 0; cluster < _clusters; cluster++) Volatile.Write(ref _next[cluster * CounterStep], _items);
        }

        if (_measures) _busy[worker] = Stopwatch.GetTimestamp() - start;
    }

    private void HelpCluster(int cluster, int worker)
    {
        ref var next = ref _next[cluster * CounterStep];
        var end = _first[cluster + 1];
        while (true)
        {
            var item = Interlocked.Increment(ref next) - 1;
            if (item >= end) return;
            _do(_work, item, worker);
        }
    }

    private void Grow(int workers)
    {
        for (; _workers < workers; _workers++)
        {
            var index = _workers + 1;
            var seen = _job >> NumberShift;
            new Thread(() => Loop(index, seen)) { IsBackground = true, Name = $"SparseKernels worker {index}" }.Start();
        }
    }

    private void Loop(int index, long seen)
    {
        while (true)
        {
            WaitForJob(seen);
            var job = Volatile.Read(ref _job);
            seen = job >> NumberShift;
            if (!TryJoin(job, index)) continue;
            Help(index);
            Interlocked.Increment(ref _left);
        }
    }

    /// <summary>
    /// Joins a job unless it is over or has no room for this worker. From then on the job can't end before the worker leaves it.
    /// </summary>
    private bool TryJoin(long job, int index)
    {
        var number = job >> NumberShift;
        while (job >> NumberShift == number && (job & Closed) == 0 && index <= (job & CountMask))
        {
            var found = Interlocked.CompareExchange(ref _job, job + (1L << CountBits), job);
            if (found == job) return true;
            job = found;
        }

        return false;
    }

    private void WaitForJob(long seen)
    {
        for (var i = 0; i < SpinsBeforeSleep; i++)
        {
            if (Volatile.Read(ref _job) >> NumberShift != seen) return;
            Thread.SpinWait(10);
        }

        lock (_sleep)
        {
            Interlocked.Increment(ref _sleepers);
            while (Volatile.Read(ref _job) >> NumberShift == seen) Monitor.Wait(_sleep);
            Interlocked.Decrement(ref _sleepers);
        }
    }
}
