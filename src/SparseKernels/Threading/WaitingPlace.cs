using System.Diagnostics;

namespace SparseKernels.Threading;

/// <summary>Something to wait for.</summary>
internal interface IAwaited
{
    /// <summary>Whether it is there; true from then on, until the one who waits goes on.</summary>
    bool IsThere { get; }
}

/// <summary>Where one thread waits: first awake, for a bounded time, then asleep until it is woken.</summary>
/// <param name="yields">Whether it offers its processor to others while awake.</param>
internal sealed class WaitingPlace(bool yields)
{
    /// <summary>Longer than the gap between two layers, shorter than a time slice.</summary>
    private static readonly long s_longestAwake = Stopwatch.Frequency / 2000;

    private readonly AutoResetEvent _bell = new(false);
    private int _asleep;
    private long _turns;
    private long _sleeps;

    /// <summary>Looks in vain at what was awaited, awake; since the thread began.</summary>
    public long Turns => Volatile.Read(ref _turns);

    /// <summary>How often the thread went to sleep.</summary>
    public long Sleeps => Volatile.Read(ref _sleeps);

    /// <summary>Waits. Who makes the awaited true calls <see cref="Wake"/> behind a full fence.</summary>
    /// <param name="awaited">What for.</param>
    /// <param name="awake">Whether to stay awake for a while; else the thread sleeps at once.</param>
    public void Until<TAwaited>(TAwaited awaited, bool awake)
        where TAwaited : struct, IAwaited
    {
        if (awaited.IsThere || (awake && ComesSoon(awaited))) return;
        Volatile.Write(ref _sleeps, _sleeps + 1);
        Interlocked.Exchange(ref _asleep, 1);
        while (!awaited.IsThere) _bell.WaitOne();
        Volatile.Write(ref _asleep, 0);
    }

    /// <summary>Wakes the thread if it sleeps.</summary>
    public void Wake()
    {
        if (Volatile.Read(ref _asleep) != 0) _bell.Set();
    }

    private bool ComesSoon<TAwaited>(TAwaited awaited)
        where TAwaited : struct, IAwaited
    {
        var start = Stopwatch.GetTimestamp();
        var wait = default(SpinWait);
        var turns = 0;
        bool there;
        do
        {
            if (yields) wait.SpinOnce(sleep1Threshold: -1);
            else Thread.SpinWait(10);
            turns++;
            there = awaited.IsThere;
        }
        while (!there && Stopwatch.GetTimestamp() - start < s_longestAwake);
        Volatile.Write(ref _turns, _turns + turns);
        return there;
    }
}
