using SparseKernels.Training.Data;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Bench.Learning;

/// <summary>
/// Batches of training images, kept in memory and taken in turn, so that no loader runs beside what is timed: CIFAR-10's where its files
/// are, painted shapes where they are not, random numbers for models that take other images.
/// </summary>
internal sealed class KeptBatches
{
    private const int SyntheticImages = 4096;

    private readonly (float[] Images, int[] Labels)[] _batches;

    private KeptBatches(string source, IEnumerable<(float[] Images, int[] Labels)> batches) => (Source, _batches) = (source, [.. batches]);

    /// <summary>What the images are.</summary>
    public string Source { get; }

    /// <summary>The batch of a step.</summary>
    public (float[] Images, int[] Labels) this[long step] => _batches[step % _batches.Length];

    /// <summary>What makes one step after another, each on the next batch.</summary>
    /// <param name="step">A training step on images and labels at a learning rate.</param>
    /// <param name="rate">The rate.</param>
    public Action Stepper(Func<float[], int[], float, double> step, float rate)
    {
        long done = 0;
        return () =>
        {
            var (images, labels) = this[done++];
            _ = step(images, labels, rate);
        };
    }

    /// <summary>Gathers batches.</summary>
    /// <param name="image">The sizes of one image.</param>
    /// <param name="size">Images in a batch.</param>
    /// <param name="count">Batches to keep.</param>
    /// <param name="folder">CIFAR-10's folder as the user gave it; null looks where it usually is.</param>
    /// <param name="recipe">The seed.</param>
    /// <exception cref="ArgumentException">The files hold fewer images than a batch.</exception>
    /// <exception cref="IOException">The folder that the user gave, or a file in it, is missing or unreadable.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static KeptBatches Gather(FeatureShape image, int size, int count, string? folder, TrainingRecipe recipe)
    {
        if (image != new FeatureShape(3, 32, 32))
        {
            var random = new RandomBatch(image, size, OwnTrainer.Classes);
            return new KeptBatches("random images", [(random.Images, random.Labels)]);
        }

        if (folder is not null || CifarImages.Exist)
        {
            var cifar = new CifarImages(folder);
            if (size > cifar.Training.Count)
                throw new ArgumentException($"a training batch takes {size} images; CIFAR-10's files hold {cifar.Training.Count}.");
            return Take("CIFAR-10", cifar.TrainingBatches(size, recipe), count);
        }

        var shapes = SyntheticDataSet.Create(DataSplit.Training, Math.Max(size, SyntheticImages), recipe.Seed);
        return Take("painted shapes", new BatchLoader(shapes, new BatchLoaderOptions { BatchSize = size, Training = true, Normalisation = Normalisation.Measure(shapes), Seed = recipe.Seed }), count);
    }

    private static KeptBatches Take(string source, BatchLoader loader, int count)
    {
        using (loader)
        {
            return new KeptBatches(source, Enumerable.Range(0, count).Select(_ =>
            {
                var batch = loader.Next();
                return ((float[])batch.Images.Clone(), (int[])batch.Labels.Clone());
            }));
        }
    }
}
