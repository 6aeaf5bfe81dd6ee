namespace SparseKernels.Scheduling.Choice;

/// <summary>
/// The choice among candidates: a pure function. The one expected to finish first, unless the last call's is nearly as good (so that noise
/// does not make it flap), or one that has not been tried could be better than it if its prediction is too high, or the one predicted
/// fastest has not been seen for long: what a call takes is compared with what another took on a machine that may have been busier then.
/// </summary>
internal static class ChoiceRule
{
    /// <summary>Another candidate must promise to finish in less than this share of the last one's time.</summary>
    public const double Hysteresis = 0.97;

    /// <summary>How far a prediction may be too high: a candidate not tried is tried if this share of its prediction would win.</summary>
    public const double Doubt = 0.85;

    /// <summary>Times seen that end all doubt.</summary>
    public const int EnoughTries = 2;

    /// <summary>The share of the time that running the candidate predicted fastest may cost, where times seen speak against it.</summary>
    public const double CheckShare = 0.01;

    /// <summary>Calls without it that make its times old.</summary>
    public const int OldAge = 16;

    /// <summary>Chooses.</summary>
    /// <param name="estimates">What is known of each candidate; at least one is finite.</param>
    /// <param name="last">The last call's choice; −1 before the first.</param>
    /// <param name="tries">Whether candidates may be tried to see their times.</param>
    /// <returns>The index of the choice.</returns>
    public static int Choose(ReadOnlySpan<Estimate> estimates, int last, bool tries)
    {
        var (best, favourite) = (0, 0);
        for (var i = 1; i < estimates.Length; i++)
        {
            if (estimates[i].Expected < estimates[best].Expected) best = i;
            if (estimates[i].Predicted < estimates[favourite].Predicted) favourite = i;
        }

        if (tries)
        {
            var untried = -1;
            for (var i = 0; i < estimates.Length; i++)
            {
                if (estimates[i].Tries >= EnoughTries || estimates[i].Hoped >= estimates[best].Expected) continue;
                if (untried < 0 || estimates[i].Hoped < estimates[untried].Hoped) untried = i;
            }

            if (untried >= 0) return untried;
            if (favourite != best && IsToBeChecked(estimates[favourite], estimates[best].Expected)) return favourite;
        }

        return last >= 0 && estimates[best].Expected >= estimates[last].Expected * Hysteresis ? last : best;
    }

    private static bool IsToBeChecked(in Estimate favourite, double best) =>
        favourite.Age >= OldAge && favourite.Expected - best <= CheckShare * favourite.Age * best;
}
