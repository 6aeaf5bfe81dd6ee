using SparseKernels.Threading;
using SparseKernels.Training;
using SparseKernels.Training.Data;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Bench.Learning;

/// <summary>What a recipe trains, and on which images.</summary>
/// <param name="Model">The network's name; of the catalogue where <paramref name="Factory"/> is null.</param>
/// <param name="Training">The images to learn from.</param>
/// <param name="Test">The images to measure accuracy on.</param>
/// <param name="Normalisation">What is done to both.</param>
/// <param name="Augmentation">How those to learn from are varied, beside what their data set does.</param>
/// <param name="Factory">Makes the network; null for one of the catalogue.</param>
internal sealed record RecipeTask(
    string Model, IDataSet Training, IDataSet Test, Normalisation Normalisation, Augmentation Augmentation, Func<NetworkRequest, Network>? Factory = null)
{
    /// <summary>A model of the catalogue on CIFAR-10.</summary>
    public static RecipeTask Cifar(string model, CifarImages images) =>
        new(model, images.Training, images.Test, Normalisation.Cifar10, Augmentation.CropAndFlip);

    /// <summary>A run of ours by a recipe, without a checkpoint.</summary>
    /// <param name="settings">Batch and threads.</param>
    /// <param name="recipe">The optimiser's settings and the seed.</param>
    /// <param name="epochs">Epochs.</param>
    /// <param name="pruning">How it prunes; null to train dense.</param>
    public TrainerOptions Options((int Batch, int Threads) settings, TrainingRecipe recipe, int epochs, PruningSettings? pruning) => new()
    {
        TrainingData = Training,
        TestData = Test,
        Normalisation = Normalisation,
        Augmentation = Augmentation,
        Model = Model,
        NetworkFactory = Factory,
        Epochs = epochs,
        Batch = settings.Batch,
        LearningRate = recipe.PeakRate,
        WarmUp = recipe.WarmUp,
        Momentum = recipe.Momentum,
        WeightDecay = recipe.WeightDecay,
        Nesterov = recipe.Nesterov,
        Seed = recipe.Seed,
        Topology = ComputeTopology.FromThreads(settings.Threads),
        Schedule = KernelSchedule.Reproducible,
        Pruning = pruning?.ToOptions(),
    };

    /// <summary>Batches of a training run in the order of the recipe's seed.</summary>
    public BatchLoader TrainingBatches(int size, TrainingRecipe recipe) => new(Training, new BatchLoaderOptions
    {
        BatchSize = size,
        Training = true,
        Normalisation = Normalisation,
        Augmentation = Augmentation,
        Seed = recipe.Seed,
    });

    /// <summary>All test images in batches, in their order.</summary>
    public BatchLoader TestBatches(int size) =>
        new(Test, new BatchLoaderOptions { BatchSize = Math.Min(size, Test.Count), Training = false, Normalisation = Normalisation });
}
