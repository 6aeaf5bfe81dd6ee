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
public class InferenceTests
{
    [Theory]
    [InlineData("vgg-small", 3, 32)]
    [InlineData("resnet20", 3, 32)]
    [InlineData("lenet", 1, 28)]
    public void Predict_AnyCount_EqualsTheRowsOfAWholeBatch(string model, int channels, int size)
    {
        const int Batch = 24;
        size = TestScale.Side(size);
        using var network = ModelCatalogue.Create(
            model, new FeatureShape(channels, size, size), 10, Batch, topology: ComputeTopology.FromThreads(2));
        var images = Samples.Gaussian(90 * network.Input.Length);
        var whole = new float[90 * 10];
        for (var i = 0; i < 3; i++) network.Predict(
            images.AsSpan(i * 24 * network.Input.Length, 24 * network.Input.Length), whole.AsSpan(i * 240, 240));
        network.Predict(images.AsSpan(72 * network.Input.Length), whole.AsSpan(720));
        foreach (var count in new[] { 1, 2, 9, 17, 24, 25, 64, 65, 90 })
        {
            var part = new float[count * 10];
            network.Predict(images.AsSpan(0, count * network.Input.Length), part);
            Assert.InRange(SmallNetwork.Distance(whole[..part.Length], part), 0, 1e-4);
        }

        Assert.Equal(Batch, network.Batch);
    }

    [Fact]
    public void Predict_BetweenSteps_ChangesNoBitOfTraining()
    {
        Assert.Equal(Run(predicts: false), Run(predicts: true));

        static float[][] Run(bool predicts)
        {
            using var network = SmallNetwork.Create(batch: 6, KernelSchedule.Dense);
            var sgd = new Sgd(network.Parameters, threads: 2);
            for (var step = 0; step < 3; step++)
            {
                network.Step(
                    Samples.Gaussian(6 * SmallNetwork.Input.Length, (ulong)step), Samples.Labels(6, SmallNetwork.Classes), sgd, 0.1f);
                if (!predicts) continue;
                foreach (var count in new[] { 1, 3, 6, 20 })
                {
                    network.Predict(Samples.Gaussian(count * SmallNetwork.Input.Length), new float[count * SmallNetwork.Classes]);
                    network.Evaluate(Samples.Gaussian(count * SmallNetwork.Input.Length), Samples.Labels(count, SmallNetwork.Classes));
                }
            }

            return [.. network.State.Select(tensor => (float[])tensor.Values.Clone())];
        }
    }

    [Fact]
    public void Predict_AfterAStep_UsesTheNewWeights()
    {
        using var network = SmallNetwork.Create(batch: 8);
        using var other = SmallNetwork.Create(batch: 1);
        var image = Samples.Gaussian(SmallNetwork.Input.Length);
        var (first, second, expected) = (new float[SmallNetwork.Classes], new float[SmallNetwork.Classes], new float[SmallNetwork.Classes]);
        network.Predict(image, first);
        network.Step(
            Samples.Gaussian(8 * SmallNetwork.Input.Length), Samples.Labels(8, SmallNetwork.Classes),
            new Sgd(network.Parameters, threads: 2), 0.1f);
        network.Predict(image, second);
        Assert.NotEqual(first, second);

        foreach (var (from, to) in network.State.Zip(other.State)) from.Values.CopyTo(to.Values, 0);
        other.Touch();
        other.Predict(image, expected);
        Assert.InRange(SmallNetwork.Distance(expected, second), 0, 1e-4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(70)]
    public void Predict_AfterTheFirstOfACount_AllocatesNothing(int count)
    {
        using var network = SmallNetwork.Create(batch: 8);
        var (images, logits) = (Samples.Gaussian(count * SmallNetwork.Input.Length), new float[count * SmallNetwork.Classes]);
        Assert.Equal(0, Allocations.Least(() => network.Predict(images, logits)));
    }

    [Fact]
    public void SizeFor_AnyCount_WastesUnderAFifth()
    {
        for (var count = 1; count <= 5000; count++)
        {
            var size = InferenceNetworks.SizeFor(count);
            Assert.True(size >= count && size - count < 0.2 * size, $"{count} images run as {size}");
            Assert.Equal(size, InferenceNetworks.SizeFor(size));
        }

        Assert.Equal([1, 2, 8, 10, 64, 80], new[] { 1, 2, 8, 9, 64, 65 }.Select(InferenceNetworks.SizeFor));
    }

    [Fact]
    public void Evaluate_MoreImagesThanABatch_WeighsEveryImageAlike()
    {
        using var network = SmallNetwork.Create(batch: 6);
        var (images, labels) = (Samples.Gaussian(100 * SmallNetwork.Input.Length), Samples.Labels(100, SmallNetwork.Classes));
        var all = network.Evaluate(images, labels);
        var (loss, correct) = (0.0, 0);
        for (var i = 0; i < 100; i++)
        {
            var one = network.Evaluate(images.AsSpan(i * SmallNetwork.Input.Length, SmallNetwork.Input.Length), labels.AsSpan(i, 1));
            (loss, correct) = (loss + one.Loss, correct + one.Correct);
        }

        Assert.Equal((100, 6), (all.Count, network.Batch));
        Assert.Equal(correct, all.Correct);
        Assert.Equal(loss / 100, all.Loss, 1e-5);
    }
}
