using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests.Threading;

/// <summary>The pool with as many workers as large machines have, on whatever this one has.</summary>
[Collection(SoloCollection.Name)]
public sealed class WorkerPoolManyTests
{
    public static TheoryData<int, int> Topologies { get; } =
        new() { { 1, 128 }, { 2, 64 }, { 4, 32 }, { 8, 16 }, { 128, 1 }, { 3, 7 }, { 7, 3 }, { 5, 25 }, { 11, 11 } };

    [Theory]
    [MemberData(nameof(Topologies))]
    public void Run_ManyWorkers_DoesEachItemOnce(int clusters, int cores)
    {
        var (topology, random) = (new ComputeTopology(clusters, cores), new Random(5));
        foreach (var processors in (double[])[1, 256])
        {
            var pool = new WorkerPool(processors);
            foreach (var items in (int[])[2, 20, 127, 128, 129, 1000])
            {
                var even = new Counting(items, topology.Threads);
                pool.Run(ref even, items, topology);
                even.Check();
                var before = new long[items + 1];
                for (var i = 0; i < items; i++) before[i + 1] = before[i] + (random.Next(4) == 0 ? random.Next(1000) : 0);
                var uneven = new Counting(items, topology.Threads);
                pool.Run(ref uneven, before, topology);
                uneven.Check();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Topologies))]
    public void Run_ManyWorkersAllNeeded_AllCome(int clusters, int cores)
    {
        var topology = new ComputeTopology(clusters, cores);
        var pool = new WorkerPool(processors: 1);
        using var all = new Barrier(topology.Threads);
        var work = new Meeting(all);
        for (var repeat = 0; repeat < 2; repeat++) pool.Run(ref work, topology.Threads, topology);
        Assert.Equal(2, all.CurrentPhaseNumber);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(256)]
    public void Run_SeveralCallersNestedCallsAndFailures_AllEnd(double processors)
    {
        var pool = new WorkerPool(processors);
        var wrong = 0;
        var callers = Enumerable.Range(0, 6).Select(caller => new Thread(() =>
        {
            var random = new Random(caller);
            for (var repeat = 0; repeat < TestScale.Cases(30); repeat++)
            {
                var topology = random.Next(2) == 0 ? new ComputeTopology(1, 128) : new ComputeTopology(random.Next(1, 9), random.Next(1, 17));
                var work = new Nested(pool, new int[random.Next(1, 200)], fails: random.Next(4) == 0);
                try
                {
                    pool.Run(ref work, work.Done.Length, topology);
                    if (work.Fails || Array.Exists(work.Done, times => times != Nested.Inside)) Interlocked.Increment(ref wrong);
                }
                catch (InvalidOperationException)
                {
                    if (!work.Fails || Array.Exists(work.Done, times => times > Nested.Inside)) Interlocked.Increment(ref wrong);
                }
            }
        })
        { IsBackground = true }).ToArray();
        foreach (var caller in callers) caller.Start();
        Assert.All(callers, caller => Assert.True(caller.Join(TimeSpan.FromMinutes(2)), "a caller did not come back"));
        Assert.Equal(0, wrong);
    }

    [Theory]
    [MemberData(nameof(Topologies))]
    public void FirstOf_SharesOfManyClusters_CoverEachItemOnce(int clusters, int cores)
    {
        var random = new Random(clusters);
        foreach (var items in (int[])[0, 1, clusters - 1, clusters * cores, 1000])
        {
            var before = new long[items + 1];
            for (var i = 0; i < items; i++) before[i + 1] = before[i] + random.NextInt64(1L << 50);
            foreach (var work in (long[][])[[], before])
            {
                var cuts = Enumerable.Range(0, clusters + 1).Select(share => PartitionCut.FirstOf(share, clusters, items, work)).ToArray();
                Assert.Equal((0, items), (cuts[0], cuts[^1]));
                Assert.Equal(cuts.Order(), cuts);
            }
        }
    }

    private readonly struct Counting(int items, int threads) : IWork
    {
        private readonly int[] _done = new int[items];
        private readonly bool[] _outOfRange = new bool[1];

        public void Do(int item, int worker)
        {
            Interlocked.Increment(ref _done[item]);
            if ((uint)worker >= (uint)threads) Volatile.Write(ref _outOfRange[0], true);
        }

        public void Check()
        {
            Assert.All(_done, times => Assert.Equal(1, times));
            Assert.False(_outOfRange[0], "a worker number was outside 0 to threads − 1");
        }
    }

    private readonly struct Meeting(Barrier all) : IWork
    {
        private readonly Barrier _all = all;

        public void Do(int item, int worker) =>
            Assert.True(_all.SignalAndWait(TimeSpan.FromSeconds(60)), "not all workers came within 60 s");
    }

    private readonly struct Nested(WorkerPool pool, int[] done, bool fails) : IWork
    {
        public const int Inside = 3;

        public int[] Done { get; } = done;

        public bool Fails { get; } = fails;

        public void Do(int item, int worker)
        {
            var inner = new Inner(Done, item);
            pool.Run(ref inner, Inside, 4);
            if (Fails && item == Done.Length / 2) throw new InvalidOperationException();
        }
    }

    private readonly struct Inner(int[] done, int index) : IWork
    {
        private readonly int[] _done = done;
        private readonly int _index = index;

        public void Do(int item, int worker) => Interlocked.Increment(ref _done[_index]);
    }
}
