using System.Diagnostics;
using SparseKernels.Cli.Reports;

namespace SparseKernels.Cli.Benchmark;

/// <summary>
/// Times two actions in turns, A B A B, so that what disturbs the machine disturbs both. A sample repeats its action until it is long enough for the
/// clock.
/// </summary>
internal static class TurnTimer
{
    private const double SampleSeconds = 0.004, ShortestWarmUp = 0.5, LongestWarmUp = 2;
    private const int FewestRounds = 5, MostRounds = 501, FewestWarmUps = 3, EnoughWarmUps = 60;

    /// <summary>Times them.</summary>
    /// <param name="first">The action A.</param>
    /// <param name="second">The action B.</param>
    /// <param name="seconds">About how long to measure; at least five rounds are done.</param>
    /// <returns>The median time of a call of each in seconds, and the median of the rounds' own quotients, A's time over B's.</returns>
    public static TurnTimes Measure(Action first, Action second, double seconds)
    {
        var (callsOfFirst, callsOfSecond) = (WarmUp(first), WarmUp(second));
        var (ones, others, ratios) = (new List<double>(), new List<double>(), new List<double>());
        var start = Stopwatch.GetTimestamp();
        while (ratios.Count < FewestRounds || (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds && ratios.Count < MostRounds))
        {
            ones.Add(Sample(first, callsOfFirst));
            others.Add(Sample(second, callsOfSecond));
            ratios.Add(ones[^1] / others[^1]);
        }

        return new TurnTimes(Median.Of(ones), Median.Of(others), Median.Of(ratios), ratios.Count);
    }

    /// <summary>Calls an action until its code is compiled and its plans have tried what they want to; gives the calls that make a sample.</summary>
    private static int WarmUp(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        var calls = 0;
        var elapsed = 0.0;
        while (calls < FewestWarmUps || elapsed < ShortestWarmUp || (calls < EnoughWarmUps && elapsed < LongestWarmUp))
        {
            action();
            calls++;
            elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return Math.Max(1, (int)(SampleSeconds * calls / elapsed));
    }

    private static double Sample(Action action, int calls)
    {
        // Worker threads that still spin behind the other's last sample would take this one's cores.
        Thread.Sleep(2);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++) action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / calls;
    }
}
