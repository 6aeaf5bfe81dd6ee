using SparseKernels.Training.Data;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests;

public class TrainingImagesTests
{
    [Fact]
    public void Begin_HeldOutThenGivenBack_EpochsOfTheSameLength()
    {
        const int Count = 80, Batch = 8;
        using var images = new TrainingImages(Options(Count, Batch));
        Assert.Equal((10, 16), (images.BatchesPerEpoch, images.MostHeldOut));
        HashSet<float> heldOut = [.. FirstPixels(images.Validation!.Next), .. FirstPixels(images.Validation!.Next)];
        Assert.Equal(16, heldOut.Count);

        images.Begin(0, 0, holdsOut: true);
        var first = Epoch();
        images.Begin(1, 0, holdsOut: true);
        var second = Epoch();
        images.Begin(2, 0, holdsOut: false);
        var third = Epoch();
        foreach (var epoch in new[] { first, second })
        {
            Assert.Equal(80, epoch.Count);
            Assert.Equal(64, epoch.Distinct().Count());
            Assert.Empty(heldOut.Intersect(epoch));
        }

        Assert.NotEqual(first, second);
        Assert.Equal(80, third.Distinct().Count());

        // A run that goes on in the middle of an epoch.
        images.Dispose();
        images.Begin(1, 5, holdsOut: true);
        Assert.Equal(second[40..48], FirstPixels(images.Next));

        List<float> Epoch() => [.. Enumerable.Range(0, 10).SelectMany(_ => FirstPixels(images.Next))];
    }

    [Fact]
    public void Constructor_BatchOverWhatIsLeft_IsNamed() => Assert.Contains(
        "at most the 64 images to train on of noise, got 65", Assert.Throws<ArgumentOutOfRangeException>("Batch", () => new TrainingImages(Options(80, 65))).Message, StringComparison.Ordinal);

    private static float[] FirstPixels(Func<ImageBatch> next)
    {
        var batch = next();
        return [.. Enumerable.Range(0, batch.Count).Select(i => batch.Images[i * 14 * 14])];
    }

    private static TrainerOptions Options(int count, int batch) => new()
    {
        TrainingData = new NoiseDataSet(count),
        TestData = new NoiseDataSet(11),
        Normalisation = new Normalisation([0f], [1f]),
        Augmentation = Augmentation.None,
        Model = "lenet",
        Batch = batch,
        Pruning = new PruningSettings { Validation = 0.2 }.ToOptions(),
    };
}
