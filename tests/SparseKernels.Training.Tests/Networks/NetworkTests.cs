using SparseKernels.Threading;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Composites;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Networks;

public class NetworkTests
{
    private static readonly FeatureShape s_input = new(3, 8, 8);

    [Fact]
    public void ComputeGradients_WholeNetwork_MatchesDifferences()
    {
        using var network = Small(batch: 5);
        var images = Samples.Gaussian(5 * s_input.Length);
        var labels = Samples.Labels(5, 4);
        network.ComputeGradients(images, labels);
        var gradients = network.Parameters.Select(parameter => (float[])parameter.Gradient.Clone()).ToArray();
        var random = new RandomSource(13);
        for (var i = 0; i < gradients.Length; i++)
        {
            // Along the gradient itself the loss changes most, so rounding and the kinks a step crosses weigh least.
            var parameter = network.Parameters[i];
            var norm = Math.Sqrt(gradients[i].Sum(g => (double)g * g));
            var before = (float[])parameter.Value.Clone();
            var losses = new double[2];
            const float Step = 2e-3f;
            for (var side = 0; side < 2; side++)
            {
                for (var j = 0; j < before.Length; j++)
                    parameter.Value[j] = (float)(before[j] + ((side == 0 ? Step : -Step) * gradients[i][j] / norm));
                parameter.Touch();
                losses[side] = network.ComputeGradients(images, labels).Loss;
            }

            before.CopyTo(parameter.Value, 0);
            parameter.Touch();
            var difference = (losses[0] - losses[1]) / (2 * Step);
            Assert.True(
                Math.Abs(difference - norm) <= (0.02 * norm) + 1e-3, $"{parameter.Name}: gradient's norm {norm}, difference {difference}");
        }
    }

    [Fact]
    public void Step_TinyProblem_LossFallsToNearZero()
    {
        using var network = Small(batch: 8);
        var sgd = new Sgd(network.Parameters, threads: 2);
        var images = Samples.Gaussian(8 * s_input.Length);
        var labels = Samples.Labels(8, 4);
        var first = network.Step(images, labels, sgd, 0.05f);
        var last = first;
        for (var step = 0; step < 60; step++) last = network.Step(images, labels, sgd, 0.05f);
        Assert.True(first.Loss > 1, $"first loss {first.Loss}");
        Assert.True(last.Loss < 0.02, $"last loss {last.Loss}");
        Assert.Equal(8, last.Correct);
    }

    [Fact]
    public void Step_AnyNumberOfThreads_SameBits()
    {
        var one = Run(new ComputeTopology(1, 1));
        Assert.Equal(one, Run(new ComputeTopology(1, 2)));
        Assert.Equal(one, Run(new ComputeTopology(1, 3)));
        Assert.Equal(one, Run(new ComputeTopology(2, 2)));

        static float[][] Run(ComputeTopology topology)
        {
            using var network = Small(batch: 7, topology);
            var sgd = new Sgd(network.Parameters, 0.9f, 5e-4f, nesterov: true, topology.Threads);
            for (var step = 0; step < 3; step++)
                network.Step(Samples.Gaussian(7 * s_input.Length, (ulong)step), Samples.Labels(7, 4, (ulong)step), sgd, 0.1f);
            return [.. network.State.Select(tensor => (float[])tensor.Values.Clone())];
        }
    }

    [Fact]
    public void Evaluate_PartOfABatch_EqualsTheSameImagesInAnotherBatch()
    {
        using var network = Small(batch: 6);
        var images = Samples.Gaussian(6 * s_input.Length);
        var labels = Samples.Labels(6, 4);
        var whole = new float[6 * 4];
        var part = new float[2 * 4];
        network.Predict(images, whole);
        network.Predict(images.AsSpan(0, 2 * s_input.Length), part);
        Assert.InRange(SmallNetwork.Distance(whole[..8], part), 0, 1e-5);
        Assert.Equal(6, network.Batch);

        var first = network.Evaluate(images.AsSpan(0, 4 * s_input.Length), labels.AsSpan(0, 4));
        var second = network.Evaluate(images.AsSpan(4 * s_input.Length), labels.AsSpan(4));
        var all = network.Evaluate(images, labels);
        Assert.Equal(all.Loss, ((first.Loss * 4) + (second.Loss * 2)) / 6, 1e-5);
        Assert.Equal(all.Correct, first.Correct + second.Correct);
    }

    [Fact]
    public void Step_OtherBatchSize_RebuildsAndLearnsOn()
    {
        using var network = Small(batch: 6);
        var sgd = new Sgd(network.Parameters, threads: 2);
        network.Step(Samples.Gaussian(6 * s_input.Length), Samples.Labels(6, 4), sgd, 0.1f);
        var weights = (float[])network.Parameters[0].Value.Clone();
        var result = network.Step(Samples.Gaussian(3 * s_input.Length), Samples.Labels(3, 4), sgd, 0.1f);
        Assert.Equal((3, 3, 2L), (result.Count, network.Batch, network.StepsTaken));
        Assert.NotEqual(weights, network.Parameters[0].Value);
    }

    [Fact]
    public void State_CopiedToAnotherNetwork_GivesTheSameLogits()
    {
        using var source = Small(batch: 4);
        using var copy = Small(batch: 4, seed: 99);
        var images = Samples.Gaussian(4 * s_input.Length);
        source.Step(images, Samples.Labels(4, 4), new Sgd(source.Parameters, threads: 2), 0.1f);
        var (expected, before, after) = (new float[16], new float[16], new float[16]);
        source.Predict(images, expected);
        copy.Predict(images, before);
        foreach (var (from, to) in source.State.Zip(copy.State)) from.Values.CopyTo(to.Values, 0);
        copy.Touch();
        copy.Predict(images, after);
        Assert.NotEqual(expected, before);
        Assert.Equal(expected, after);
    }

    [Fact]
    public void Initialise_SameSeed_SameWeights()
    {
        using var network = Small(batch: 2);
        var first = network.State.Select(tensor => (float[])tensor.Values.Clone()).ToArray();
        network.Step(Samples.Gaussian(2 * s_input.Length), [0, 1], new Sgd(network.Parameters, threads: 1), 0.1f);
        network.Initialise();
        Assert.Equal(first, network.State.Select(tensor => tensor.Values));
        Assert.Equal(0, network.StepsTaken);
        using var other = Small(batch: 2, seed: 2);
        Assert.NotEqual(first[0], other.State[0].Values);
    }

    [Fact]
    public void Step_BadInput_IsNamedBeforeAnythingChanges()
    {
        using var network = Small(batch: 2);
        var sgd = new Sgd(network.Parameters, threads: 1);
        var before = network.State.Select(tensor => (float[])tensor.Values.Clone()).ToArray();
        var images = Samples.Gaussian(2 * s_input.Length);
        Assert.Throws<ArgumentException>("images", () => network.Step(images, [0], sgd, 0.1f));
        Assert.Throws<ArgumentException>("images", () => network.Step([], [], sgd, 0.1f));
        Assert.Contains(
            "0 to 3, got 4", Assert.Throws<ArgumentOutOfRangeException>("labels", () => network.Step(images, [0, 4], sgd, 0.1f)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>("labels", () => network.Evaluate(images, [0, -1]));
        Assert.Throws<ArgumentOutOfRangeException>("rate", () => network.Step(images, [0, 1], sgd, float.NaN));
        Assert.Throws<ArgumentNullException>("optimiser", () => network.Step(images, [0, 1], null!, 0.1f));
        Assert.Throws<ArgumentException>("logits", () => network.Predict(images, new float[7]));
        Assert.Equal(before, network.State.Select(tensor => tensor.Values));
    }

    [Fact]
    public void Constructor_UnfitLayers_Throws()
    {
        Assert.Contains("c2 takes 5", Message([new Conv2d("c1", 3, 4, 3), new Conv2d("c2", 5, 4, 3)]), StringComparison.Ordinal);
        Assert.Contains("K×1×1", Message([new Conv2d("c1", 3, 4, 3)]), StringComparison.Ordinal);
        Assert.Contains(
            "c1.weight", Message([new Conv2d("c1", 3, 3, 1), new Conv2d("c1", 3, 3, 1), new AvgPool2d("p")]), StringComparison.Ordinal);
        Assert.Contains("parameter", Message([new AvgPool2d("p")]), StringComparison.Ordinal);

        static string Message(Layer[] layers) => Assert.ThrowsAny<ArgumentException>(() => new Network("n", s_input, layers, 1)).Message;
    }

    [Fact]
    public void Dispose_ThenUse_Throws()
    {
        var network = Small(batch: 2);
        network.Dispose();
        network.Dispose();
        Assert.Throws<ObjectDisposedException>(() => network.Evaluate(Samples.Gaussian(2 * s_input.Length), [0, 1]));
    }

    [Fact]
    public void Timings_AfterAStep_CountEveryPass()
    {
        using var network = Small(batch: 2);
        network.Step(Samples.Gaussian(2 * s_input.Length), [0, 1], new Sgd(network.Parameters, threads: 1), 0.1f);
        var first = network.Timings.Single(timing => timing.Name == "conv1");
        var second = network.Timings.Single(timing => timing.Name == "block.conv2");
        Assert.Equal(2L * 6 * 8 * 8 * 3 * 9, first.MultiplyAdds);
        Assert.Equal(
            (1, 1, 0), (first.Calls(LayerPass.Forward), first.Calls(LayerPass.BackwardWeights), first.Calls(LayerPass.BackwardData)));
        Assert.Equal(
            (1, 1, 1), (second.Calls(LayerPass.Forward), second.Calls(LayerPass.BackwardWeights), second.Calls(LayerPass.BackwardData)));
        Assert.True(second.Gflops(LayerPass.Forward) > 0);
        network.ResetTimings();
        Assert.Equal(0, second.Calls(LayerPass.Forward));
        Assert.Equal(TimeSpan.Zero, second.Elapsed(LayerPass.Forward));
    }

    /// <summary>Every kind of layer once, with a schedule that no time seen changes.</summary>
    private static Network Small(int batch, ComputeTopology? topology = null, ulong seed = 1) => new(
        "small", s_input,
        [
            new Conv2d("conv1", 3, 6, 3, padding: 1),
            new Relu("relu1"),
            new MaxPool2d("pool1", 2),
            new ResidualBlock("block", 6, 18, 2),
            new Conv2d("conv2", 18, 17, 1, bias: false),
            new BatchNorm2d("bn2", 17, relu: true),
            new Dropout("dropout", 0.1f),
            new Linear("fc1", new FeatureShape(17, 2, 2), 20),
            new Linear("fc2", new FeatureShape(20, 1, 1), 4),
        ],
        batch, seed, topology ?? ComputeTopology.FromThreads(2), KernelSchedule.Reproducible);
}
