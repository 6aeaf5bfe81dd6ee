using SparseKernels.TestSupport;
using SparseKernels.Training.Data;
using Xunit;

namespace SparseKernels.Training.Tests.Data;

[Collection(SoloCollection.Name)]
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
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (var i = 0; i < 16; i++) loader.Next();
        }));
    }
}
