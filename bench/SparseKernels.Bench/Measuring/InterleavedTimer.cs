namespace SparseKernels.Bench.Measuring;

/// <summary>
/// Times two things side by side, A B A B, so that what disturbs the machine disturbs both. A sample repeats its action until it
/// is long enough for the clock; a round is one sample of each; the ratio is the median over the rounds' own ratios.
/// </summary>
/// <param name="clock">What tells the time.</param>
internal sealed class InterleavedTimer(TimeProvider clock)
{
    private const double SampleMilliseconds = 4;
    private const double WarmUpMilliseconds = 60;
    private const int FewestRounds = 5, MostRounds = 201;

    /// <summary>Times an action against another.</summary>
    /// <param name="ours">The action A.</param>
    /// <param name="peer">The action B, or null to time A alone.</param>
    /// <param name="budget">About how long to measure; at least five rounds are done.</param>
    /// <param name="now">Called before the first round and then about ten times in between, outside the times.</param>
    /// <returns>The medians.</returns>
    public Comparison Compare(Action ours, Action? peer, TimeSpan budget, Action now)
    {
        var ourCalls = Calls(ours);
        var peerCalls = peer is null ? 0 : Calls(peer);
        now();

        var start = clock.GetTimestamp();
        var nextPause = budget / 10;
        var samples = new List<(double Ours, double Peer)>();
        while (samples.Count < FewestRounds || (clock.GetElapsedTime(start) < budget && samples.Count < MostRounds))
        {
            var a = Sample(ours, ourCalls);
            var b = peer is null ? double.NaN : Sample(peer, peerCalls);
            samples.Add((a, b));
            if (clock.GetElapsedTime(start) < nextPause) continue;
            now();
            nextPause = clock.GetElapsedTime(start) + budget / 10;
        }

        var median = Statistics.Median(samples.ConvertAll(s => s.Ours));
        return peer is null
            ? new Comparison(median, null, null, samples.Count)
            : new Comparison(median, Statistics.Median(samples.ConvertAll(s => s.Peer)), Statistics.Median(samples.ConvertAll(s => s.Peer / s.Ours)), samples.Count);
    }

    /// <summary>Warms up and finds how many calls make a sample.</summary>
    private int Calls(Action action)
    {
        action();
        var calls = 0;
        var start = clock.GetTimestamp();
        double elapsed;
        do
        {
            action();
            calls++;
            elapsed = clock.GetElapsedTime(start).TotalMilliseconds;
        }
        while (elapsed < WarmUpMilliseconds);
        return Math.Max(1, (int)(SampleMilliseconds * calls / elapsed));
    }

    private double Sample(Action action, int calls)
    {
        // Worker threads that still spin behind the other side's last sample would take this one's cores.
        Thread.Sleep(2);
        var start = clock.GetTimestamp();
        for (var i = 0; i < calls; i++) action();
        return clock.GetElapsedTime(start).TotalMilliseconds / calls;
    }
}
