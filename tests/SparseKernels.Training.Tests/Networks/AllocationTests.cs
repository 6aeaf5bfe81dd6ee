using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Models;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Networks;

[Collection(SoloCollection.Name)]
public class AllocationTests
{
    [Theory]
    [InlineData("vgg-small", 3, 32)]
    [InlineData("resnet20", 3, 32)]
    [InlineData("lenet", 1, 28)]
    public void Step_AfterTheFirst_AllocatesNothing(string model, int channels, int size)
    {
        const int Batch = 4;
        using var network = ModelCatalogue.Create(
            model, new FeatureShape(channels, size, size), 10, Batch, topology: ComputeTopology.FromThreads(2));
        var sgd = new Sgd(network.Parameters, threads: 2);
        var images = Samples.Gaussian(Batch * network.Input.Length);
        var labels = Samples.Labels(Batch, 10);
        Assert.Equal(0, Allocations.Least(() =>
        {
            network.Step(images, labels, sgd, 0.01f);
            network.Evaluate(images, labels);
        }));
    }
}
