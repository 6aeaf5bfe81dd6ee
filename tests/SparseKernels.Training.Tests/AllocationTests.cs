using SparseKernels.Training.Layers;
using SparseKernels.Training.Models;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests;

[Collection(nameof(SequentialTests))]
public class AllocationTests
{
    [Theory]
    [InlineData("vgg-small", 3, 32)]
    [InlineData("resnet20", 3, 32)]
    [InlineData("lenet", 1, 28)]
    public void Step_AfterTheFirst_AllocatesNothing(string model, int channels, int size)
    {
        const int Batch = 4;
        using var network = ModelCatalogue.Create(model, new FeatureShape(channels, size, size), 10, Batch, topology: ComputeTopology.FromThreads(2));
        var sgd = new Sgd(network.Parameters, threads: 2);
        var images = Samples.Gaussian(Batch * network.Input.Length);
        var labels = Samples.Labels(Batch, 10);
        network.Step(images, labels, sgd, 0.01f);
        network.Evaluate(images, labels);

        // Both counts: this thread's, and that of the whole process with the worker threads.
        var mine = GC.GetAllocatedBytesForCurrentThread();
        var all = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < 3; i++)
        {
            network.Step(images, labels, sgd, 0.01f);
            network.Evaluate(images, labels);
        }

        var (mineAfter, allAfter) = (GC.GetAllocatedBytesForCurrentThread(), GC.GetTotalAllocatedBytes(precise: true));
        Assert.Equal(0, mineAfter - mine);
        Assert.Equal(0, allAfter - all);
    }
}
