using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Tests.Support;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Bench.Tests.Learning;

public sealed class KeptBatchesTests
{
    private static readonly FeatureShape s_colour = new(3, 32, 32);

    [Fact]
    public void Gather_CifarFolder_KeepsDifferentBatchesAndTakesThemInTurn()
    {
        var folder = Directory.CreateTempSubdirectory("kept").FullName;
        try
        {
            CifarFile.Write(Path.Combine(folder, "data_batch_1.bin"), images: 20);
            CifarFile.Write(Path.Combine(folder, "test_batch.bin"), images: 1);

            var batches = KeptBatches.Gather(s_colour, size: 4, count: 3, folder, new TrainingRecipe());

            Assert.Equal("CIFAR-10", batches.Source);
            Assert.Equal(4 * s_colour.Length, batches[0].Images.Length);
            Assert.NotEqual(batches[0].Images, batches[1].Images);
            Assert.NotEqual(batches[1].Images, batches[2].Images);
            Assert.Same(batches[1].Images, batches[4].Images);
            Assert.Same(batches[2].Labels, batches[5].Labels);

            var larger = KeptBatches.Gather(new FeatureShape(3, 40, 48), size: 4, count: 1, folder, new TrainingRecipe());
            Assert.Equal("CIFAR-10 resized to 40x48", larger.Source);
            Assert.Equal(Bilinear.Resize(batches[0].Images, (32, 32), (40, 48)), larger[0].Images);
            Assert.Throws<ArgumentException>(() => KeptBatches.Gather(s_colour, size: 21, count: 1, folder, new TrainingRecipe()));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Gather_OtherSizesThanCifars_GivesRandomImagesOfThatSize()
    {
        var batches = KeptBatches.Gather(new FeatureShape(1, 28, 28), size: 3, count: 2, folder: null, new TrainingRecipe());

        Assert.Equal("random images", batches.Source);
        Assert.Equal(3 * 28 * 28, batches[7].Images.Length);
        Assert.Equal(3, batches[7].Labels.Length);
    }
}
