using SparseKernels.Training.Data;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Data;

[Collection(nameof(SequentialTests))]
public class BatchLoaderAllocationTests
{
    [Fact]
    public void Next_AfterWarmUp_AllocatesNothingOnAnyThread()
    {
        var options = new BatchLoaderOptions
        {
            BatchSize = 8,
            Training = true,
            Normalisation = Normalisation.Cifar10,
            Augmentation = Augmentation.CropAndFlip,
        };
        using var loader = new BatchLoader(SyntheticDataSet.Create(DataSplit.Training, 64), options);
        for (var i = 0; i < 40; i++) loader.Next();
        var least = long.MaxValue;
        for (var run = 0; run < 5; run++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < 16; i++) loader.Next();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.Equal(0, least);
    }
}
