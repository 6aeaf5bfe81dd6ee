using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests.Threading;

/// <summary>How threads wait: counted, not timed.</summary>
[Collection(SoloCollection.Name)]
public sealed class WorkerPoolWaitTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(0.5, 2)]
    [InlineData(1, 2)]
    [InlineData(1, 8)]
    [InlineData(1.5, 2)]
    [InlineData(2, 8)]
    [InlineData(2.5, 3)]
    public void Run_MoreThreadsThanProcessors_NobodyWaitsAwake(double processors, int threads)
    {
        var pool = new WorkerPool(processors);
        for (var repeat = 0; repeat < TestScale.Cases(100); repeat++)
        {
            var work = new Counting(new int[50]);
            pool.Run(ref work, 50, threads);
            Assert.All(work.Done, times => Assert.Equal(1, times));
            if (repeat % 10 == 0) Thread.Sleep(1);
        }

        Eventually(() => AllWorkersHaveSlept(pool), "all workers asleep");
        Assert.Equal(0, Turns(pool));
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(2.5, 2)]
    [InlineData(8, 3)]
    public void Run_ProcessorsForAllThreads_WorkersStayAwakeForAWhileAndThenSleep(double processors, int threads)
    {
        var pool = new WorkerPool(processors);
        var work = new Counting(new int[50]);
        pool.Run(ref work, 50, threads);
        Eventually(() => AllWorkersHaveSlept(pool), "all workers asleep");
        Assert.True(Turns(pool) > 0, "the workers went to sleep at once");
        Eventually(
            () =>
            {
                var turns = Turns(pool);
                Thread.Sleep(20);
                return turns == Turns(pool);
            },
            "an end of waiting awake");
    }

    [Fact]
    public void Run_AnotherCallerMeanwhile_NobodyWaitsAwake()
    {
        var pool = new WorkerPool(processors: 8);
        RunTogetherAndSleep(pool, threads: 2);
        var (turns, sleeps) = (Turns(pool), pool.Places[1].Sleeps);
        using var met = new Barrier(3);
        using var otherIsDone = new ManualResetEventSlim();
        var other = new Thread(() =>
        {
            met.SignalAndWait(s_patience);
            var alone = new Counting(new int[5]);
            pool.Run(ref alone, 5, 2);
            otherIsDone.Set();
        });
        other.Start();
        var work = new Acting((_, _) =>
        {
            met.SignalAndWait(s_patience);
            Assert.True(otherIsDone.Wait(s_patience), "the other caller did not end");
        });
        pool.Run(ref work, 2, 2);
        other.Join();
        Eventually(() => pool.Places[1].Sleeps > sleeps, "the worker asleep again");
        Assert.Equal(turns, Turns(pool));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void Run_WorkerTakesLong_CallerFallsAsleepAndIsWoken(double processors)
    {
        var pool = new WorkerPool(processors);
        using var met = new Barrier(2);
        var sleeps = pool.Places[0].Sleeps;
        var work = new Acting((_, worker) =>
        {
            Assert.True(met.SignalAndWait(s_patience), "the other thread did not come");
            if (worker != 0) Eventually(() => pool.Places[0].Sleeps > sleeps, "the caller asleep");
        });
        pool.Run(ref work, 2, 2);
        Assert.Equal(sleeps + 1, pool.Places[0].Sleeps);
    }

    [Fact]
    public void Run_SleepersThatTheJobHasNoRoomFor_SleepOn()
    {
        const int Many = 40;
        var pool = new WorkerPool(processors: 1);
        RunTogetherAndSleep(pool, Many);
        var before = Sleeps();
        for (var job = 0; job < 10; job++) RunTogetherAndSleep(pool, threads: 2);

        Assert.Equal(before, Sleeps());

        long[] Sleeps() => [.. pool.Places[2..].ToArray().Select(place => place.Sleeps)];
    }

    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(75)]
    public void Run_ManyAsleep_AllAreWoken(int threads)
    {
        var pool = new WorkerPool(processors: 1);
        for (var repeat = 0; repeat < 3; repeat++)
        {
            using var all = new Barrier(threads);
            var work = new Acting((_, _) => Assert.True(all.SignalAndWait(s_patience), "not all workers came"));
            pool.Run(ref work, threads, threads);
            Thread.Sleep(2);
        }
    }

    /// <summary>A job that cannot end before all workers have come; then waits until they sleep again.</summary>
    private static void RunTogetherAndSleep(WorkerPool pool, int threads)
    {
        using var all = new Barrier(threads);
        var sleeps = new long[threads];
        var work = new Acting((_, worker) =>
        {
            sleeps[worker] = pool.Places[worker].Sleeps;
            Assert.True(all.SignalAndWait(s_patience), "the other threads did not come");
        });
        pool.Run(ref work, threads, threads);
        for (var worker = 1; worker < threads; worker++)
            Eventually(() => pool.Places[worker].Sleeps > sleeps[worker], $"worker {worker} asleep");
    }

    private static bool AllWorkersHaveSlept(WorkerPool pool)
    {
        foreach (var place in pool.Places[1..])
        {
            if (place.Sleeps == 0) return false;
        }

        return true;
    }

    private static long Turns(WorkerPool pool)
    {
        var turns = 0L;
        foreach (var place in pool.Places) turns += place.Turns;
        return turns;
    }

    private static void Eventually(Func<bool> condition, string what) =>
        Assert.True(SpinWait.SpinUntil(condition, s_patience), $"not within {s_patience.TotalSeconds} s: {what}");

    private readonly struct Counting(int[] done) : IWork
    {
        public int[] Done { get; } = done;

        public void Do(int item, int worker) => Interlocked.Increment(ref Done[item]);
    }

    private readonly struct Acting(Action<int, int> act) : IWork
    {
        private readonly Action<int, int> _act = act;

        public void Do(int item, int worker) => _act(item, worker);
    }
}
