using SparseKernels.Training.Data;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Bench.Learning;

/// <summary>
/// Batches of training images, kept in memory and taken in turn, so that no loader runs beside what is timed: CIFAR-10's where its files
/// are and painted shapes where they are not, resized to what the model takes; random numbers for models that take grey images.
/// </summary>
internal sealed class KeptBatches
{
    private const int SyntheticImages = 4096;

    /// <summary>Height and width of CIFAR-10's images and of painted shapes.</summary>
    private const int Side = 32;

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
        if (image.Channels != 3)
        {
            var random = new RandomBatch(image, size, OwnTrainer.Classes);
            return new KeptBatches("random images", [(random.Images, random.Labels)]);
        }

        if (folder is not null || CifarImages.Exist)
        {
            var cifar = new CifarImages(folder);
            if (size > cifar.Training.Count)
                throw new ArgumentException($"a training batch takes {size} images; CIFAR-10's files hold {cifar.Training.Count}.");
            return Take("CIFAR-10", cifar.TrainingBatches(size, recipe), count, image);
        }

        var shapes = SyntheticDataSet.Create(DataSplit.Training, Math.Max(size, SyntheticImages), recipe.Seed);
        var options = new BatchLoaderOptions { BatchSize = size, Training = true, Normalisation = Normalisation.Measure(shapes), Seed = recipe.Seed };
        return Take("painted shapes", new BatchLoader(shapes, options), count, image);
    }

    private static KeptBatches Take(string source, BatchLoader loader, int count, FeatureShape image)
    {
        using (loader)
        {
            var resized = (image.Height, image.Width) != (Side, Side);
            return new KeptBatches(resized ? $"{source} resized to {image.Height}x{image.Width}" : source, Enumerable.Range(0, count).Select(_ =>
            {
                var batch = loader.Next();
                var images = resized ? Bilinear.Resize(batch.Images, (Side, Side), (image.Height, image.Width)) : (float[])batch.Images.Clone();
                return (images, (int[])batch.Labels.Clone());
            }));
        }
    }
}
