namespace SparseKernels.Bench.Measuring;

/// <summary>
/// Times things side by side, A B A B, so that what disturbs the machine disturbs all. A sample repeats its action until it
/// is long enough for the clock; a round is one sample of each; a ratio is the median over the rounds' own ratios.
/// </summary>
/// <param name="clock">What tells the time.</param>
internal sealed class InterleavedTimer(TimeProvider clock)
{
    private const double SampleMilliseconds = 4;
    private const double WarmUpMilliseconds = 60;
    private const int FewestRounds = 5, MostRounds = 201;

    /// <summary>Rounds that are enough where one of them takes longer than <see cref="s_longRound"/>.</summary>
    private const int FewestLongRounds = 3;

    /// <summary>What makes the first call of an action warm enough.</summary>
    private static readonly TimeSpan s_longCall = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_longRound = TimeSpan.FromSeconds(5);

    /// <summary>Times an action against another.</summary>
    /// <param name="ours">The action A.</param>
    /// <param name="peer">The action B, or null to time A alone.</param>
    /// <param name="budget">About how long to measure; at least five rounds are done, three of over five seconds each.</param>
    /// <param name="now">Called before the first round and then about ten times in between, outside the times.</param>
    /// <returns>The medians.</returns>
    public Comparison Compare(Action ours, Action? peer, TimeSpan budget, Action now)
    {
        var rounds = Measure(peer is null ? [ours] : [ours, peer], budget, now);
        return peer is null
            ? new Comparison(rounds.Milliseconds(0), null, null, rounds.Count)
            : new Comparison(rounds.Milliseconds(0), rounds.Milliseconds(1), rounds.Ratio(1, 0), rounds.Count);
    }

    /// <summary>Times actions in turn.</summary>
    /// <param name="actions">At least one.</param>
    /// <param name="budget">About how long to measure; at least five rounds are done, three of over five seconds each.</param>
    /// <param name="now">Called before the first round and then about ten times in between, outside the times.</param>
    /// <returns>Every round's samples.</returns>
    public TimedRounds Measure(IReadOnlyList<Action> actions, TimeSpan budget, Action now)
    {
        var calls = actions.Select(Calls).ToArray();
        now();

        var start = clock.GetTimestamp();
        var nextPause = budget / 10;
        var rounds = new List<double[]>();
        var fewest = FewestRounds;
        while (rounds.Count < fewest || (clock.GetElapsedTime(start) < budget && rounds.Count < MostRounds))
        {
            var samples = new double[actions.Count];
            for (var i = 0; i < samples.Length; i++) samples[i] = Sample(actions[i], calls[i]);
            rounds.Add(samples);
            if (clock.GetElapsedTime(start) > rounds.Count * s_longRound) fewest = FewestLongRounds;
            if (clock.GetElapsedTime(start) < nextPause) continue;
            now();
            nextPause = clock.GetElapsedTime(start) + budget / 10;
        }

        return new TimedRounds(rounds);
    }

    /// <summary>Warms up and finds how many calls make a sample.</summary>
    private int Calls(Action action)
    {
        var start = clock.GetTimestamp();
        action();
        if (clock.GetElapsedTime(start) > s_longCall) return 1;
        var calls = 0;
        start = clock.GetTimestamp();
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
