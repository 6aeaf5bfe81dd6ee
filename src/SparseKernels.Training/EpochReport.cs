using SparseKernels.Training.Pruning;

namespace SparseKernels.Training;

/// <summary>What an epoch gave.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="TrainingLoss">Mean loss of its training images (of those since the run went on, if that was within the epoch).</param>
/// <param name="TrainingAccuracy">Their share that was right, 0 to 1.</param>
/// <param name="TestLoss">Mean loss of all test images after it.</param>
/// <param name="TestAccuracy">Their share that is right, 0 to 1.</param>
/// <param name="LearningRate">The rate of its last step.</param>
/// <param name="ImagesPerSecond">Training images a second.</param>
/// <param name="TrainingTime">Time of its training steps.</param>
/// <param name="EvaluationTime">Time of the evaluation.</param>
public sealed record EpochReport(
    int Epoch, double TrainingLoss, double TrainingAccuracy, double TestLoss, double TestAccuracy, float LearningRate,
    double ImagesPerSecond, TimeSpan TrainingTime, TimeSpan EvaluationTime)
{
    /// <summary>Whose zeros its training steps skipped, pass by pass.</summary>
    public IReadOnlyList<SkippedOperands> Skipped { get; init; } = [];

    /// <summary>How the tensors between layers lay in its last training step.</summary>
    public BlockedLayout Layout { get; init; }

    /// <summary>How much longer its training steps were expected to take with the dense kernels alone.</summary>
    public TimeSpan Saved => TimeSpan.FromTicks(Skipped.Sum(total => total.Saved.Ticks));

    /// <summary>The median time of its training steps, of those since the run went on.</summary>
    public TimeSpan StepTime { get; init; }

    /// <summary>Time of judging pruning within it, on validation images if there are any, which <see cref="TrainingTime"/> leaves out.</summary>
    public TimeSpan ValidationTime { get; init; }

    /// <summary>The part of <see cref="TrainingTime"/> in which training waited for a batch: for images to be read, decoded and augmented.</summary>
    public TimeSpan WaitingTime { get; init; }

    /// <summary>Its training steps whose batch wasn't ready when it was wanted.</summary>
    public int WaitingSteps { get; init; }

    /// <summary>The share of <see cref="TrainingTime"/> that was <see cref="WaitingTime"/>, 0 to 1.</summary>
    public double WaitingShare => TrainingTime > TimeSpan.Zero ? Math.Min(1, WaitingTime / TrainingTime) : 0;

    /// <summary>How far pruning is after it; null for a run that doesn't prune.</summary>
    public PruningStatus? Pruning { get; init; }
}
