using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using SparseKernels.Diagnostics;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests.Threading;

[Collection(SoloCollection.Name)]
public sealed unsafe class WorkerPoolTests
{
    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(1000, 1)]
    [InlineData(1000, 2)]
    [InlineData(1000, 7)]
    public void Run_AnyItemsAndThreads_DoesEachItemOnce(int items, int threads)
    {
        for (var repeat = 0; repeat < TestScale.Cases(50); repeat++)
        {
            var work = new Counting(items, threads);
            WorkerPool.Shared.Run(ref work, items, threads);
            Assert.All(work.Done, times => Assert.Equal(1, times));
            Assert.False(work.WorkerOutOfRange[0], "a worker number was outside 0 to threads − 1");
        }
    }

    [Fact]
    public void Run_GrowingAndShrinkingThreads_DoesEachItemOnce()
    {
        var random = new Random(1);
        for (var repeat = 0; repeat < TestScale.Cases(300); repeat++)
        {
            var (items, threads) = (random.Next(0, 40), random.Next(1, 7));
            var work = new Counting(items, threads);
            WorkerPool.Shared.Run(ref work, items, threads);
            Assert.All(work.Done, times => Assert.Equal(1, times));
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    [InlineData(5, 1)]
    public void Run_WorkOfEachItemKnown_DoesEachItemOnce(int clusters, int cores)
    {
        var random = new Random(3);
        for (var repeat = 0; repeat < TestScale.Cases(100); repeat++)
        {
            var before = new long[random.Next(0, 40) + 1];
            for (var i = 1; i < before.Length; i++) before[i] = before[i - 1] + random.Next(0, 5);
            var work = new Counting(before.Length - 1, clusters * cores);
            WorkerPool.Shared.Run(ref work, before, new ComputeTopology(clusters, cores));
            Assert.All(work.Done, times => Assert.Equal(1, times));
            Assert.False(work.WorkerOutOfRange[0], "a worker number was outside 0 to threads − 1");
        }
    }

    [Fact]
    public void Run_WorkOfEachItemKnown_StartsTheSecondClusterBehindTheHeavyItem()
    {
        // The caller waits in item 0 until the other cluster has done all others, its own share first.
        using var others = new CountdownEvent(7);
        var work = new Waiting(others, new());
        WorkerPool.Shared.Run(ref work, [0, 100, 101, 102, 103, 104, 105, 106, 107], new ComputeTopology(2, 1));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], work.Others);
        others.Reset(7);
        work.Others.Clear();
        WorkerPool.Shared.Run(ref work, 8, new ComputeTopology(2, 1));
        Assert.Equal([4, 5, 6, 7, 1, 2, 3], work.Others);
    }

    [Fact]
    public void Run_SomebodyListens_TellsHowUnevenThreadsWere()
    {
        var seen = new List<double>();
        using (var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ConvolutionMeter.Name && instrument.Name == "sparsekernels.workers.imbalance")
                    listener.EnableMeasurementEvents(instrument);
            },
        })
        {
            listener.SetMeasurementEventCallback<double>((_, value, _, _) => seen.Add(value));
            listener.Start();
            var even = new Sleeping(20, 20);
            WorkerPool.Shared.Run(ref even, 2, 2);
            var uneven = new Sleeping(60, 1);
            WorkerPool.Shared.Run(ref uneven, 2, 2);
        }

        var after = new Sleeping(1, 1);
        WorkerPool.Shared.Run(ref after, 2, 2);
        Assert.Equal(2, seen.Count);
        Assert.All(seen, imbalance => Assert.InRange(imbalance, 1, 2));
        Assert.True(seen[1] > 1.4, $"60 ms beside 1 ms gave an imbalance of {seen[1]}");
    }

    [Fact]
    public void Run_JobsWithPausesBetween_WakesSleepingWorkers()
    {
        for (var repeat = 0; repeat < 20; repeat++)
        {
            Thread.Sleep(repeat);
            var work = new Counting(50, 3);
            WorkerPool.Shared.Run(ref work, 50, 3);
            Assert.All(work.Done, times => Assert.Equal(1, times));
        }
    }

    [Fact]
    public void Run_ItemsThatWaitForEachOther_RunAtTheSameTime()
    {
        using var barrier = new Barrier(2);
        var work = new Meeting(barrier);
        WorkerPool.Shared.Run(ref work, 2, 2);
        Assert.Equal(1, barrier.CurrentPhaseNumber);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Run_ItemThrows_SurfacesAndLeavesThePoolUsable(int threads)
    {
        for (var bad = 0; bad < 20; bad += 3)
        {
            var failing = new Failing(bad);
            Assert.Equal(
                $"item {bad}", Assert.Throws<InvalidOperationException>(() => WorkerPool.Shared.Run(ref failing, 20, threads)).Message);
            var work = new Counting(20, threads);
            WorkerPool.Shared.Run(ref work, 20, threads);
            Assert.All(work.Done, times => Assert.Equal(1, times));
        }
    }

    [Fact]
    public void Run_EveryItemThrows_SurfacesOneOfThem()
    {
        var failing = new Failing(-1);
        Assert.StartsWith("item ", Assert.Throws<InvalidOperationException>(() => WorkerPool.Shared.Run(ref failing, 20, 3)).Message);
    }

    [Fact]
    public void Run_SeveralCallersAtOnce_EachGetsAllItsItems()
    {
        var callers = new Thread[4];
        var wrong = 0;
        for (var i = 0; i < callers.Length; i++)
        {
            callers[i] = new Thread(() =>
            {
                for (var repeat = 0; repeat < TestScale.Cases(200); repeat++)
                {
                    var work = new Counting(17, 3);
                    WorkerPool.Shared.Run(ref work, 17, 3);
                    if (Array.Exists(work.Done, times => times != 1)) Interlocked.Increment(ref wrong);
                }
            });
            callers[i].Start();
        }

        foreach (var caller in callers) caller.Join();
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Run_CalledFromAnItem_DoesInnerAndOuterItemsOnce()
    {
        var work = new Nested(new int[8 * 5]);
        WorkerPool.Shared.Run(ref work, 8, 3);
        Assert.All(work.Done, times => Assert.Equal(1, times));
    }

    [Fact]
    public void Run_AfterTheFirstJob_AllocatesNothing()
    {
        var work = new Counting(64, 3);
        WorkerPool.Shared.Run(ref work, 64, 3);
        Assert.Equal(0, Allocations.Least(() => WorkerPool.Shared.Run(ref work, 64, 3)));
    }

    private readonly struct Counting(int items, int threads) : IWork
    {
        private readonly int _threads = threads;

        public int[] Done { get; } = new int[items];

        public bool[] WorkerOutOfRange { get; } = new bool[1];

        public void Do(int item, int worker)
        {
            Interlocked.Increment(ref Done[item]);
            if ((uint)worker >= (uint)_threads) WorkerOutOfRange[0] = true;
        }
    }

    private readonly struct Meeting(Barrier barrier) : IWork
    {
        private readonly Barrier _barrier = barrier;

        public void Do(int item, int worker) =>
            Assert.True(_barrier.SignalAndWait(TimeSpan.FromSeconds(30)), "the other item did not start within 30 s");
    }

    private readonly struct Waiting(CountdownEvent others, ConcurrentQueue<int> order) : IWork
    {
        private readonly CountdownEvent _others = others;

        public ConcurrentQueue<int> Others { get; } = order;

        public void Do(int item, int worker)
        {
            if (item == 0)
            {
                Assert.True(_others.Wait(TimeSpan.FromSeconds(30)), "the other items were not done within 30 s");
                return;
            }

            Others.Enqueue(item);
            _others.Signal();
        }
    }

    private readonly struct Sleeping(params int[] milliseconds) : IWork
    {
        private readonly int[] _milliseconds = milliseconds;

        public void Do(int item, int worker) => Thread.Sleep(_milliseconds[item]);
    }

    private readonly struct Failing(int bad) : IWork
    {
        private readonly int _bad = bad;

        public void Do(int item, int worker)
        {
            if (item == _bad || _bad < 0) throw new InvalidOperationException($"item {item}");
        }
    }

    private readonly struct Nested(int[] done) : IWork
    {
        public int[] Done { get; } = done;

        public void Do(int item, int worker)
        {
            var inner = new Inner(Done, item * 5);
            WorkerPool.Shared.Run(ref inner, 5, 2);
        }
    }

    private readonly struct Inner(int[] done, int first) : IWork
    {
        private readonly int[] _done = done;
        private readonly int _first = first;

        public void Do(int item, int worker) => Interlocked.Increment(ref _done[_first + item]);
    }
}
