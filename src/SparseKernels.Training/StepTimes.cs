using System.Diagnostics;

namespace SparseKernels.Training;

/// <summary>The times of an epoch's steps.</summary>
/// <param name="steps">Steps at most.</param>
internal sealed class StepTimes(int steps)
{
    private readonly TimeSpan[] _times = new TimeSpan[steps];
    private int _count;

    /// <summary>Their median; zero before the first.</summary>
    public TimeSpan Median
    {
        get
        {
            var sorted = _times[.._count];
            Array.Sort(sorted);
            return _count == 0 ? TimeSpan.Zero : sorted[_count / 2];
        }
    }

    /// <summary>Adds a step that has just ended.</summary>
    /// <param name="start">When it began, in ticks of <see cref="Stopwatch"/>.</param>
    /// <returns>Its time.</returns>
    public TimeSpan Add(long start) => _times[_count++] = Stopwatch.GetElapsedTime(start);
}
