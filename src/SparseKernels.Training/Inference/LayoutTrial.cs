using SparseKernels.Training.Networks;

namespace SparseKernels.Training.Inference;

/// <summary>
/// Finds by trial in which of two layouts inference is faster, before it answers anybody: what many callers share can't change over between their
/// calls, as <see cref="LayoutChoice"/> has one caller's network do.
/// </summary>
/// <param name="clock">What times are read from.</param>
internal sealed class LayoutTrial(TimeProvider clock)
{
    /// <summary>Rounds at least: the first ones compile and allocate. Of all the shortest counts, since what disturbs lengthens.</summary>
    public const int FewestRounds = 8;

    /// <summary>
    /// Rounds in which convolutions have tried their kernels. While they do, either layout's time is that of its worst ones: mobilenet_v2 with a tenth
    /// of its weights took 34 and 35 ms in the first rounds, 24 and 15 after thirty (one image of 224×224).
    /// </summary>
    public const int MostRounds = LayoutChoice.CallsOfChoosing;

    /// <summary>For how long rounds beyond the fewest begin, behind those, which compile: a first call waits for them.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>Whether the second is faster.</summary>
    /// <param name="first">Inference in one layout.</param>
    /// <param name="second">The same in the other.</param>
    public bool IsSecondFaster(Action first, Action second)
    {
        var (ofFirst, ofSecond) = (long.MaxValue, long.MaxValue);
        for (var round = 0; round < FewestRounds; round++) Run();
        var start = clock.GetTimestamp();
        for (var round = FewestRounds; round < MostRounds && clock.GetElapsedTime(start) < Longest; round++) Run();
        return ofSecond < ofFirst;

        void Run() => (ofFirst, ofSecond) = (Math.Min(ofFirst, Ticks(first)), Math.Min(ofSecond, Ticks(second)));
    }

    private long Ticks(Action run)
    {
        var start = clock.GetTimestamp();
        run();
        return clock.GetTimestamp() - start;
    }
}
