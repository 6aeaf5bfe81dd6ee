using SparseKernels.Training.Networks;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Training;

/// <summary>How a run stands after a training step.</summary>
/// <param name="Epoch">The epoch in progress, from 1.</param>
/// <param name="Batch">Batches of this epoch done.</param>
/// <param name="Step">Steps done in all.</param>
/// <param name="Result">Loss and correct images of this batch.</param>
/// <param name="Loss">Mean loss of this epoch's images so far (since the run began or went on).</param>
/// <param name="LearningRate">The rate of this step.</param>
/// <param name="ImagesPerSecond">Training images a second in this epoch so far.</param>
/// <param name="Remaining">Time left at this speed, evaluations included once one has been timed.</param>
public readonly record struct StepReport(
    int Epoch, int Batch, long Step, BatchResult Result, double Loss, float LearningRate, double ImagesPerSecond, TimeSpan Remaining)
{
    /// <summary>The time of this step.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>How far pruning is; null for a run that doesn't prune.</summary>
    public PruningStatus? Pruning { get; init; }
}
