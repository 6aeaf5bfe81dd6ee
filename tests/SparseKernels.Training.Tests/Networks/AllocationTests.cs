using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Networks;

[Collection(SoloCollection.Name)]
public class AllocationTests
{
    private const int Batch = 4;

    [Theory]
    [InlineData("vgg-small", 3, 32)]
    [InlineData("resnet20", 3, 32)]
    [InlineData("lenet", 1, 28)]
    public void Step_AfterTheFirst_AllocatesNothing(string model, int channels, int size)
    {
        size = TestScale.Side(size);
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

    [Fact]
    public void Step_PartlyFrozen_AllocatesNothing()
    {
        using var network = SmallNetwork.Create(Batch, KernelSchedule.Reproducible);
        network.Freeze("conv1");
        var average = new WeightAverage(network.Parameters, 0.9f, threads: 2);
        var optimiser = new GradientClipping(new AdamW(network.Parameters, threads: 2), network.Parameters, norm: 1, value: 1, threads: 2);
        var (images, labels) = (Samples.Gaussian(Batch * SmallNetwork.Input.Length), Samples.Labels(Batch, SmallNetwork.Classes));
        network.LossOptions = new LossOptions { LabelSmoothing = 0.1f, ClassWeights = [1, 2, 1, 1] };
        for (var i = 0; i < 10; i++) Step();
        Assert.Equal(0, Allocations.Least(Step));

        void Step()
        {
            network.Step(images, labels, optimiser, 0.001f);
            average.Update();
        }
    }

    [Fact]
    public void Step_SeveralInputsAndOutputs_AllocatesNothing()
    {
        using var network = TwoHeads.Create(Batch, KernelSchedule.Reproducible);
        var sgd = new Sgd(network.Parameters, threads: 2);
        var (inputs, outputs) = (TwoHeads.Images(Batch), TwoHeads.Outputs(Batch));
        OutputLoss loss = values =>
        {
            values.Gradient("map")[0] = values.Values("logits")[0];
            return 0;
        };
        for (var i = 0; i < 10; i++) Step();
        Assert.Equal(0, Allocations.Least(Step));

        void Step()
        {
            network.Step(inputs, loss, sgd, 0.001f);
            network.Predict(inputs, outputs);
        }
    }
}
