using System.Diagnostics;
using SparseKernels.Training.Communication;

namespace SparseKernels.Training.Distribution;

/// <summary>Times the first steps with and without overlap, in turns, and decides by the sums of all ranks' times.</summary>
/// <param name="communicator">The ranks.</param>
internal sealed class OverlapTrial(ICommunicator communicator)
{
    /// <summary>Steps that compile and allocate.</summary>
    private const int WarmUp = 4;

    /// <summary>Steps of each way: as many as give a median that one disturbed step doesn't move.</summary>
    private const int Turns = 9;

    private readonly long[] _ticks = new long[2 * Turns];
    private int _step;
    private long _start;

    /// <summary>Whether it is decided.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether the step that begins now overlaps. When it is decided, the ranks add up their times.</summary>
    public bool Next()
    {
        var now = Stopwatch.GetTimestamp();
        var timed = _step - WarmUp - 1;
        if (timed >= 0) _ticks[(timed % 2 * Turns) + (timed / 2)] = now - _start;
        _start = now;
        if (++_step <= WarmUp + (2 * Turns)) return (_step - WarmUp - 1) % 2 != 0 && _step > WarmUp;
        IsOver = true;
        communicator.Sum(_ticks);
        return Median(_ticks.AsSpan(Turns)) < Median(_ticks.AsSpan(0, Turns));
    }

    private static long Median(Span<long> ticks)
    {
        ticks.Sort();
        return ticks[ticks.Length / 2];
    }
}
