using System.Diagnostics;

namespace SparseKernels.Bench.Measuring;

/// <summary>What a call of microseconds costs.</summary>
/// <param name="Microseconds">Median over samples of many calls in a row, all they read in the first-level cache where it fits.</param>
/// <param name="ColdMicroseconds">Median of single calls, each after reading more memory than the caches hold.</param>
/// <param name="Bytes">Managed bytes allocated by a call.</param>
internal readonly record struct CallCost(double Microseconds, double ColdMicroseconds, double Bytes)
{
    private const int Samples = 15, ColdCalls = 15;
    private const double SampleMilliseconds = 2, WarmUpMilliseconds = 60;

    /// <summary>More than the last-level cache of today's servers gives one core.</summary>
    private static readonly float[] s_eviction = new float[16 << 20];

    /// <summary>No call at all.</summary>
    public static CallCost None => default;

    /// <summary>The costs of one call and another.</summary>
    public static CallCost operator +(CallCost one, CallCost other) =>
        new(one.Microseconds + other.Microseconds, one.ColdMicroseconds + other.ColdMicroseconds, one.Bytes + other.Bytes);

    /// <summary>Measures.</summary>
    /// <param name="call">The call.</param>
    public static CallCost Measure(Action call)
    {
        var calls = 0;
        var start = Stopwatch.GetTimestamp();
        do
        {
            call();
            calls++;
        }
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < WarmUpMilliseconds);
        calls = Math.Max(1, (int)(calls * SampleMilliseconds / WarmUpMilliseconds));

        // The clock of allocations only moves on when a thread's buffer is full, so one call alone may seem to allocate nothing.
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < calls; i++) call();
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;

        var warm = new double[Samples];
        foreach (ref var sample in warm.AsSpan()) sample = Time(call, calls);
        var cold = new double[ColdCalls];
        foreach (ref var sample in cold.AsSpan())
        {
            Evict();
            sample = Time(call, 1);
        }

        return new CallCost(Statistics.Median(warm), Statistics.Median(cold), (double)bytes / calls);
    }

    private static double Time(Action call, int calls)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++) call();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls;
    }

    private static void Evict()
    {
        foreach (ref var value in s_eviction.AsSpan()) value++;
    }
}
