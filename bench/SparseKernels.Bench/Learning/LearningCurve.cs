using System.Diagnostics;
using SparseKernels.Training.Data;

namespace SparseKernels.Bench.Learning;

/// <summary>One side's run over the recipe: the time of its steps, its losses and its accuracy after each epoch.</summary>
/// <param name="batches">The training batches; the curve's own.</param>
/// <param name="step">Trains on a batch at a rate and gives the loss.</param>
/// <param name="correct">Counts the rightly classified images of a test batch.</param>
internal sealed class LearningCurve(BatchLoader batches, Func<ImageBatch, float, double> step, Func<ImageBatch, long> correct) : IDisposable
{
    /// <summary>Seconds spent in steps, waiting for images included.</summary>
    public double Seconds { get; private set; }

    /// <summary>Steps done.</summary>
    public long Steps { get; private set; }

    /// <summary>Mean loss over the last epoch.</summary>
    public double Loss { get; private set; }

    /// <summary>Share of the test images classified rightly after the last epoch.</summary>
    public double Accuracy { get; private set; }

    /// <summary>Trains for an epoch.</summary>
    /// <param name="rate">The learning rate at a step of the run.</param>
    public void TrainEpoch(Func<long, float> rate)
    {
        var start = Stopwatch.GetTimestamp();
        double losses = 0;
        for (var i = 0; i < batches.BatchesPerEpoch; i++) losses += step(batches.Next(), rate(Steps++));
        Seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
        Loss = losses / batches.BatchesPerEpoch;
    }

    /// <summary>Measures the accuracy; its time doesn't count.</summary>
    /// <param name="test">All test images.</param>
    public void Evaluate(BatchLoader test)
    {
        long right = 0, images = 0;
        for (var i = 0; i < test.BatchesPerEpoch; i++)
        {
            var batch = test.Next();
            right += correct(batch);
            images += batch.Count;
        }

        Accuracy = (double)right / images;
    }

    /// <inheritdoc/>
    public void Dispose() => batches.Dispose();
}
