using SparseKernels.Memory;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Models;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests;

/// <summary>What a predictor allocates, counted while no other test runs.</summary>
[Collection(SoloCollection.Name)]
public class PredictorMemoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(37)]
    public void Predict_AfterTheFirst_AllocatesNothing(int count)
    {
        using var network = SmallNetwork.Create(batch: 4);
        using var predictor = new Predictor(network, new() { Topology = ComputeTopology.FromThreads(2), Schedule = KernelSchedule.Reproducible });
        var (images, logits) = (Samples.Gaussian(count * network.Input.Length), new float[count * network.Classes]);
        Assert.Equal(0, Allocations.Least(() =>
        {
            predictor.Predict(images, logits);
            predictor.PredictProbabilities(images, logits);
        }));
        var before = GC.GetAllocatedBytesForCurrentThread();
        predictor.Predict(images, logits);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Predict_SeveralAtOnce_SharePackedWeights()
    {
        using var network = ModelCatalogue.Create("vgg-small", new FeatureShape(3, 32, 32), 10, batch: 1, topology: ComputeTopology.FromThreads(1));
        using var predictor = new Predictor(network, new() { Topology = ComputeTopology.FromThreads(1), Schedule = KernelSchedule.Dense });
        var start = NativeBytes.InUse;
        Run(predictor, threads: 1);
        var first = NativeBytes.InUse - start;
        Run(predictor, threads: 4);
        var others = NativeBytes.InUse - start - first;
        var weights = network.Parameters.Sum(parameter => parameter.Value.Length) * (long)sizeof(float);

        // The first has the weights plain and packed; three others their tensors, which are less than another copy.
        Assert.InRange(first, 2 * weights, 4 * weights);
        Assert.InRange(others, 1, weights);
    }

    /// <summary>Calls on some threads, all inside at once.</summary>
    private static void Run(Predictor predictor, int threads)
    {
        using var inside = new Barrier(threads);
        var image = Samples.Gaussian(predictor.Input.Length);
        var callers = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            var logits = new float[predictor.Classes];
            inside.SignalAndWait();
            for (var i = 0; i < TestScale.Size(30); i++) predictor.Predict(image, logits);
        })).ToArray();
        foreach (var caller in callers) caller.Start();
        foreach (var caller in callers) caller.Join();
    }
}
