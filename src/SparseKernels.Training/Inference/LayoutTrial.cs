namespace SparseKernels.Training.Inference;

/// <summary>
/// Finds by trial in which of two layouts inference is faster, before it answers anybody: what many callers share can't change over between their
/// calls, as <see cref="Networks.LayoutChoice"/> has one caller's network do.
/// </summary>
/// <param name="clock">What times are read from.</param>
internal sealed class LayoutTrial(TimeProvider clock)
{
    /// <summary>Rounds that count, behind as many that compile, allocate and try kernels; the shortest does, since what disturbs lengthens.</summary>
    private const int Rounds = 4;

    /// <summary>Whether the second is faster.</summary>
    /// <param name="first">Inference in one layout.</param>
    /// <param name="second">The same in the other.</param>
    public bool IsSecondFaster(Action first, Action second)
    {
        var (ofFirst, ofSecond) = (long.MaxValue, long.MaxValue);
        for (var round = -Rounds; round < Rounds; round++)
        {
            var (one, two) = (Ticks(first), Ticks(second));
            if (round >= 0) (ofFirst, ofSecond) = (Math.Min(ofFirst, one), Math.Min(ofSecond, two));
        }

        return ofSecond < ofFirst;
    }

    private long Ticks(Action run)
    {
        var start = clock.GetTimestamp();
        run();
        return clock.GetTimestamp() - start;
    }
}
