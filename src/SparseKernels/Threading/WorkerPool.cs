using System.Diagnostics;
using System.Runtime.InteropServices;
using SparseKernels.Diagnostics;

namespace SparseKernels.Threading;

/// <summary>
/// Background threads that share the items of one job with the caller. Nothing is allocated per job. A caller who finds the
/// pool busy with another caller's job, or who is itself doing an item, does its own items alone: the results are the same,
/// whoever runs them.
/// </summary>
/// <param name="processors">
/// Processors that the process may use. Threads of a job that has more of them never wait awake: they'd keep those from running who have
/// work, or use up a limit on processor time.
/// </param>
internal sealed unsafe class WorkerPool(double processors)
{
    /// <summary>Sleepers that one thread wakes when a job begins; each of them wakes so many more.</summary>
    private const int WakesPerThread = 8;

    /// <summary>Bits that hold a number of workers: enough for 1,024 threads.</summary>
    private const int CountBits = 11;

    private const long CountMask = (1 << CountBits) - 1;

    /// <summary>Set once the caller has seen that no item is left to begin.</summary>
    private const long Closed = 1L << (2 * CountBits);

    private const int NumberShift = (2 * CountBits) + 1;

    /// <summary>Counters of two clusters are so many integers apart, so that no two share a cache line or its neighbour.</summary>
    private const int CounterStep = 32;

    /// <summary>Processors that the process may use, of the last perhaps a part.</summary>
    private readonly double _processors = processors;

    private readonly object _oneJob = new();

    private WaitingPlace[] _places = [new(yields: true)];

    private Words _words = new() { Job = Closed };

    /// <summary>Whether another caller came during the present job: it has work for the processors of those who'd wait awake.</summary>
    private bool _crowded;
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

    public static WorkerPool Shared { get; } = new(MachineTopology.Processors);

    /// <summary>Where the caller waits, and behind it each worker.</summary>
    public ReadOnlySpan<WaitingPlace> Places => _places;

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
        if (threads <= 1 || Monitor.IsEntered(_oneJob) || !TryEnter())
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
                var joined = Joined(Interlocked.Or(ref _words.Job, Closed));
                _places[0].Until(new AllLeft(this, joined), MayWaitAwake(threads));
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

    private static int Joined(long job) => (int)((job >> CountBits) & CountMask);

    private static int MayJoin(long job) => (int)(job & CountMask);

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

        _crowded = false;
        _words.Left = 0;
        Interlocked.Exchange(ref _words.Job, (((_words.Job >> NumberShift) + 1) << NumberShift) | (uint)(threads - 1));
        WakeFor(0, threads - 1);
    }

    /// <summary>Wakes the workers that a thread of a job has to wake: a tree, so that no thread wakes all.</summary>
    private void WakeFor(int thread, int workers)
    {
        var first = (thread * WakesPerThread) + 1;
        for (var i = first; i < first + WakesPerThread && i <= workers; i++) _places[i].Wake();
    }

    private bool TryEnter()
    {
        if (Monitor.TryEnter(_oneJob)) return true;
        if (!Volatile.Read(ref _crowded)) Volatile.Write(ref _crowded, true);
        return false;
    }

    /// <summary>Whether there are processors for so many threads at once, so that one may wait awake and take none from another.</summary>
    private bool MayWaitAwake(int threads) => threads <= _processors && !Volatile.Read(ref _crowded);

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
        var work = _work;
        var invoke = _do;
        while (true)
        {
            var item = Interlocked.Increment(ref next) - 1;
            if (item >= end) return;
            invoke(work, item, worker);
        }
    }

    private void Grow(int workers)
    {
        var old = _places.Length;
        if (workers < old) return;
        var places = _places;
        Array.Resize(ref places, workers + 1);
        for (var i = old; i <= workers; i++) places[i] = new(yields: false);
        _places = places;
        // Until it has seen a job, a worker waits like the others of this one.
        for (var i = old; i <= workers; i++) StartWorker(i, (_words.Job & ~CountMask) | (uint)workers);
    }

    private void StartWorker(int index, long job)
    {
        try
        {
            new Thread(() => Loop(index, job)) { IsBackground = true, Name = $"SparseKernels worker {index}" }.Start();
        }
        catch (OutOfMemoryException)
        {
            // The system gives no more threads. Those there are do all items.
        }
    }

    private void Loop(int index, long job)
    {
        var place = _places[index];
        while (true)
        {
            place.Until(new NextJob(this, job >> NumberShift), MayWaitAwake(Math.Max(index, MayJoin(job)) + 1));
            job = Volatile.Read(ref _words.Job);
            if (!TryJoin(job, index)) continue;
            WakeFor(index, MayJoin(job));
            Help(index);
            // Who leaves last rings for the caller, who sleeps no sooner than nobody can join any more.
            if (Interlocked.Increment(ref _words.Left) == Joined(Volatile.Read(ref _words.Job))) _places[0].Wake();
        }
    }

    /// <summary>
    /// Joins a job unless it is over or has no room for this worker. From then on the job can't end before the worker leaves it.
    /// </summary>
    private bool TryJoin(long job, int index)
    {
        var number = job >> NumberShift;
        while (job >> NumberShift == number && (job & Closed) == 0 && index <= MayJoin(job))
        {
            var found = Interlocked.CompareExchange(ref _words.Job, job + (1L << CountBits), job);
            if (found == job) return true;
            job = found;
        }

        return false;
    }

    /// <summary>The words that threads write to while others read them, each a cache line or two away from all else.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 3 * Apart)]
    private struct Words
    {
        private const int Apart = CounterStep * sizeof(int);

        /// <summary>
        /// The present job in one word, so that all of it changes at once: from the lowest bit, how many workers may join it, how many
        /// have, whether it is closed, and its number. The caller waits for those who joined, never for one that sleeps or has lost its
        /// processor.
        /// </summary>
        [FieldOffset(Apart)]
        public long Job;

        /// <summary>How many of those who joined are done.</summary>
        [FieldOffset(2 * Apart)]
        public int Left;
    }

    private readonly struct NextJob(WorkerPool pool, long seen) : IAwaited
    {
        public bool IsThere => Volatile.Read(ref pool._words.Job) >> NumberShift != seen;
    }

    private readonly struct AllLeft(WorkerPool pool, int joined) : IAwaited
    {
        public bool IsThere => Volatile.Read(ref pool._words.Left) >= joined;
    }
}
