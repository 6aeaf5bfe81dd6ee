using SparseKernels.Threading;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Bench.Learning;

/// <summary>One of our models with its optimiser; without dropout, whose draws would not be the peer's.</summary>
internal sealed class OwnTrainer : IDisposable
{
    private readonly Sgd _optimiser;

    /// <summary>Builds the model for a batch size and a number of threads.</summary>
    /// <param name="model">Its name in the catalogue.</param>
    /// <param name="settings">Batch and threads.</param>
    /// <param name="recipe">The optimiser's settings.</param>
    /// <param name="schedule">
    /// How convolutions choose their kernels; <see cref="KernelSchedule.Reproducible"/>, the training command's own, by default.
    /// </param>
    /// <param name="layout">How tensors lie; by default as the network chooses.</param>
    /// <param name="size">Height and width of an image; null for what <see cref="InputOf"/> takes.</param>
    /// <exception cref="ArgumentException">There is no such model, or the images are too small for it.</exception>
    public OwnTrainer(
        string model, (int Batch, int Threads) settings, TrainingRecipe recipe, KernelSchedule? schedule = null, BlockedLayout? layout = null, int? size = null)
    {
        var input = InputOf(model, size);
        Layer[] layers = [.. ModelCatalogue.Layers(model, input, Classes).Where(layer => layer is not Dropout)];
        Network = new Network(
            model, input, layers, settings.Batch, seed: 1, ComputeTopology.FromThreads(settings.Threads), schedule ?? KernelSchedule.Reproducible,
            layout: layout);
        _optimiser = new Sgd(Network.Parameters, recipe.Momentum, recipe.WeightDecay, recipe.Nesterov, settings.Threads);
    }

    /// <summary>Classes of every data set used here.</summary>
    public const int Classes = 10;

    /// <summary>The model.</summary>
    public Network Network { get; }

    /// <summary>
    /// Multiplications of a step's convolutions and linear layers for its whole batch, padding counted as data: Forward and
    /// BackwardWeights of every one, BackwardData of all but the first, whose input needs no gradient.
    /// </summary>
    public long MultiplyAddsPerStep =>
        (3 * Network.Timings.Sum(layer => layer.MultiplyAdds)) - Network.Timings.First(layer => layer.MultiplyAdds > 0).MultiplyAdds;

    /// <summary>One training step; the loss before the update.</summary>
    public double Step(float[] images, int[] labels, float rate) => Network.Step(images, labels, _optimiser, rate).Loss;

    /// <summary>Takes the present values of another trainer's parameters and running statistics, of the same model.</summary>
    public void TakeState(OwnTrainer other)
    {
        foreach (var (to, from) in Network.State.Zip(other.Network.State)) from.Values.CopyTo(to.Values, 0);
        Network.Touch();
    }

    /// <summary>Copies of the present values of parameters and running statistics, in the order of <see cref="Network.State"/>.</summary>
    public float[][] ReadState() => [.. Network.State.Select(tensor => (float[])tensor.Values.Clone())];

    /// <summary>Images classified rightly, in inference mode.</summary>
    /// <param name="images"><c>[N, C, H, W]</c>, with room behind for more.</param>
    /// <param name="labels">The labels, with room behind for more.</param>
    /// <param name="count">N.</param>
    public long Correct(float[] images, int[] labels, int count) =>
        Network.Evaluate(images.AsSpan(0, count * Network.Input.Length), labels.AsSpan(0, count)).Correct;

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();

    /// <summary>The images that a model is compared on: grey ones as MNIST's for LeNet, coloured ones as CIFAR's for the others.</summary>
    /// <param name="model">Its name in the catalogue.</param>
    /// <param name="size">Height and width; null for MNIST's and CIFAR's.</param>
    public static FeatureShape InputOf(string model, int? size = null) =>
        model == "lenet" ? new FeatureShape(1, size ?? 28, size ?? 28) : new FeatureShape(3, size ?? 32, size ?? 32);
}
