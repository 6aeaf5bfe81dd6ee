using SparseKernels.Training.Data;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training;

/// <summary>
/// What a linear classifier makes of the pixels, the figure that a convolutional network has to beat: softmax regression.
/// </summary>
public static class LinearBaseline
{
    private const int Batch = 50;
    private const float Rate = 0.005f;

    /// <summary>Trains a single fully connected layer and measures it.</summary>
    /// <param name="training">The images to learn from, at least 50.</param>
    /// <param name="test">The images to measure it on.</param>
    /// <param name="normalisation">Applied to all.</param>
    /// <param name="epochs">Times to go through the training images; 1 or more.</param>
    /// <returns>The share of test images classified rightly.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The data and normalisation don't fit each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="epochs"/> is under 1, or there are under 50 training images.
    /// </exception>
    public static double TestAccuracy(IDataSet training, IDataSet test, Normalisation normalisation, int epochs = 5)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        var input = new FeatureShape(training.Channels, training.Height, training.Width);
        using var network = new Network(
            "linear", input, [new Linear("linear", input, training.Classes)], Batch, schedule: KernelSchedule.Reproducible);
        using var batches = new BatchLoader(
            training, new BatchLoaderOptions { BatchSize = Batch, Training = true, Normalisation = normalisation });
        var optimiser = new Sgd(network.Parameters, momentum: 0);
        var schedule = new CosineSchedule(Rate, (long)epochs * batches.BatchesPerEpoch);
        for (var step = 0; step < epochs * batches.BatchesPerEpoch; step++)
        {
            var batch = batches.Next();
            network.Step(batch.Images, batch.Labels, optimiser, schedule.At(step));
        }

        using var tests = new BatchLoader(
            test, new BatchLoaderOptions { BatchSize = Batch, Training = false, Normalisation = normalisation });
        var right = 0;
        for (var i = 0; i < tests.BatchesPerEpoch; i++)
        {
            var batch = tests.Next();
            right += network.Evaluate(batch.Images.AsSpan(0, batch.Count * input.Length), batch.Labels.AsSpan(0, batch.Count)).Correct;
        }

        return (double)right / test.Count;
    }
}
