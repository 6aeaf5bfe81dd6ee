using System.Diagnostics;
using SparseKernels.Training.Networks;

namespace SparseKernels.Training;

/// <summary>Adds up the batches of an epoch or an evaluation.</summary>
internal struct EpochTotals
{
    private readonly long _start;
    private TimeSpan _leftOut;
    private double _loss;
    private long _correct;

    public EpochTotals() => _start = Stopwatch.GetTimestamp();

    public long Images { get; private set; }

    public readonly double LossSum => _loss;

    public readonly long Correct => _correct;

    public readonly TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start) - _leftOut;

    public readonly double Loss => Images == 0 ? 0 : _loss / Images;

    public readonly double Accuracy => Images == 0 ? 0 : (double)_correct / Images;

    public readonly double ImagesPerSecond => Images / Math.Max(Elapsed.TotalSeconds, 1e-9);

    /// <summary>Says that some of the time was spent on something else.</summary>
    public void LeaveOut(TimeSpan time) => _leftOut += time;

    /// <summary>Takes what all ranks added up, in the place of what this one did.</summary>
    public void Replace(double loss, long correct, long images) => (_loss, _correct, Images) = (loss, correct, images);

    public void Add(BatchResult result)
    {
        _loss += result.Loss * result.Count;
        _correct += result.Correct;
        Images += result.Count;
    }
}
