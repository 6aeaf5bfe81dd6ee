using SparseKernels.Bench.Measuring;

namespace SparseKernels.Bench.Scheduling;

/// <summary>How much longer a choice takes than the best candidate.</summary>
/// <param name="Best">The best candidate's index.</param>
/// <param name="Value">The choice's time over the best's; 1 or more, and exactly 1 where the choice is the best.</param>
internal readonly record struct Regret(int Best, double Value)
{
    /// <summary>
    /// Compares by the rounds' own quotients with the choice's time. A choice is compared with itself by the same samples, so that
    /// noise between two runs of one candidate counts for nothing.
    /// </summary>
    /// <param name="rounds">Samples whose first actions are the candidates.</param>
    /// <param name="candidates">How many there are.</param>
    /// <param name="choice">The choice's index.</param>
    public static Regret Of(TimedRounds rounds, int candidates, int choice)
    {
        var (best, least) = (choice, 1.0);
        for (var i = 0; i < candidates; i++)
        {
            var ratio = rounds.Ratio(i, choice);
            if (ratio < least) (best, least) = (i, ratio);
        }

        return new Regret(best, 1 / least);
    }
}
