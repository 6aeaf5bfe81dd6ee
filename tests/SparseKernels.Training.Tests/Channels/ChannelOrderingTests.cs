using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Sparsity;
using SparseKernels.TestSupport;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Channels;

[Collection(SoloCollection.Name)]
public class ChannelOrderingTests
{
    /// <summary>A residual block's stream is one space with all that add to it.</summary>
    [Theory]
    [InlineData("vgg-small", 6)]
    [InlineData("resnet20", 3 + 9)]
    [InlineData("lenet", 4)]
    [InlineData("flattened", 4)]
    [InlineData("grouped", 2)]
    [InlineData("branched", 3)]
    public void Permute_AnyOrderOfEveryFreeSpace_LogitsHaveTheSameBits(string name, int spaces)
    {
        using var network = ExactNetwork.Create(name);
        var before = ExactNetwork.Predict(network);
        Assert.True(before.Distinct().Count() > 10, "the logits differ too little to tell anything");
        var free = network.LinkChannels().Free.ToArray();
        Assert.Equal(spaces, free.Length);
        var random = new Random(3);
        foreach (var space in free)
        {
            var order = Enumerable.Range(0, ChannelsOf(network, space)).ToArray();
            random.Shuffle(order);
            var weights = space.Axes.SelectMany(axis => axis.Arrays).ToArray();
            var old = weights.Select(values => values.ToArray()).ToArray();
            foreach (var axis in space.Axes) axis.Permute(order);
            Assert.Contains(weights.Zip(old), pair => !pair.First.AsSpan().SequenceEqual(pair.Second));
        }

        Expect.SameBits(before, ExactNetwork.Predict(network), name);
    }

    [Theory]
    [InlineData("vgg-small")]
    [InlineData("resnet20")]
    [InlineData("lenet")]
    [InlineData("flattened")]
    [InlineData("grouped")]
    [InlineData("branched")]
    public void OrderChannels_RandomMasks_MoreCoarseZerosAndTheSameLogits(string name)
    {
        using var network = ExactNetwork.Create(name);
        var before = ExactNetwork.Predict(network);
        var weights = network.Parameters.Where(parameter => parameter.Mask is not null).ToArray();
        var (zeros, live) = (DeadOf(weights), weights.Select(weight => weight.Mask!.Count).ToArray());
        Assert.True(network.OrderChannels());
        Assert.True(DeadOf(weights) > zeros);
        Assert.Equal(live, weights.Select(weight => weight.Mask!.Count));
        Assert.All(
            weights,
            weight => Assert.All(Enumerable.Range(0, weight.Value.Length), i => Assert.Equal(weight.Mask![i], weight.Value[i] != 0)));
        Expect.SameBits(before, ExactNetwork.Predict(network), name);
        Assert.False(network.OrderChannels());
    }

    [Fact]
    public void OrderChannels_EveryArrayOfAParameter_TravelsWithItsValues()
    {
        using var network = ExactNetwork.Create("resnet20");
        var values = network.Parameters.Select(parameter => parameter.Value).ToArray();
        foreach (var parameter in network.Parameters)
        {
            Samples.Gaussian(parameter.Value.Length, (ulong)parameter.Name.Length).CopyTo(parameter.Value, 0);
            parameter.Touch();
            parameter.KeepSecondMoment(largest: true);
            parameter.KeepAverage();
            for (var i = 0; i < parameter.Value.Length; i++)
            {
                (parameter.Momentum[i], parameter.Gradient[i]) = (-2 * parameter.Value[i], 3 * parameter.Value[i]);
                (parameter.SecondMoment![i], parameter.LargestSecondMoment![i]) = (4 * parameter.Value[i], 5 * parameter.Value[i]);
            }
        }

        var before = values.Select(array => array.ToArray()).ToArray();
        Assert.True(network.OrderChannels());
        Assert.Contains(
            network.Parameters.Select((parameter, i) => (parameter, i)),
            pair => pair.parameter.Shape.Length == 1 && !pair.parameter.Value.AsSpan().SequenceEqual(before[pair.i]));
        foreach (var (parameter, old) in network.Parameters.Zip(before))
        {
            Assert.Equal(old.Order(), parameter.Value.Order());
            Assert.Equal(parameter.Value.Select(value => -2 * value), parameter.Momentum);
            Assert.Equal(parameter.Value.Select(value => 3 * value), parameter.Gradient);
            Assert.Equal(parameter.Value.Select(value => 4 * value), parameter.SecondMoment);
            Assert.Equal(parameter.Value.Select(value => 5 * value), parameter.LargestSecondMoment);
            Assert.Equal(parameter.Value, parameter.Average);
        }
    }

    [Fact]
    public void OrderChannels_NoMasks_NothingChanges()
    {
        using var network = ExactNetwork.Create("lenet");
        foreach (var parameter in network.Parameters) parameter.Mask = null;
        var before = network.State.Select(tensor => tensor.Values.ToArray()).ToArray();
        Assert.False(network.OrderChannels());
        foreach (var (tensor, old) in network.State.Zip(before)) Assert.Equal(old, tensor.Values);
    }

    [Fact]
    public void OrderChannels_GroupsOfSeveralInputs_NeverLoseAltogether()
    {
        // The first layer gains little by an order; the second, whose groups are of two input channels that belong together, would lose much.
        using var network = new Network(
            "pairs", new FeatureShape(2, 4, 4),
            [
                new Conv2d("conv1", 2, 32, 1), new Conv2d("conv2", 32, 64, 3, padding: 1), new AvgPool2d("pool"),
                new Linear("fc", new FeatureShape(64, 1, 1), 3),
            ],
            batch: 2);
        var (first, second) = (network.Parameters[0], network.Parameters[2]);
        first.Mask = WeightPattern.FromMask(new(1, 2, 1, 1, 32, 1, 1), [.. Enumerable.Range(0, 64).Select(i => i / 2 % 2 == i % 2)]);
        second.Mask = WeightPattern.FromMask(
            new(1, 32, 3, 3, 64, 3, 3), [.. Enumerable.Range(0, second.Value.Length).Select(i => i / 9 % 32 / 2 % 2 == 0)], new CoarseGroup(InputChannels: 2));
        Assert.False(network.OrderChannels());
        second.Mask = null;
        Assert.True(network.OrderChannels());
        Assert.Equal(0.5, first.Mask!.CoarseDensity);
    }

    [Fact]
    public void PrunedSgd_OrderedWhileItTrains_MasksAreTheUnitsAndHold()
    {
        const int batch = 6;
        using var network = SmallNetwork.Create(batch, KernelSchedule.Reproducible);
        var unit = new PruningUnit(new GradualMagnitude(0.9, begin: 1, end: 7, interval: 2));
        var optimiser = new PrunedSgd(network, unit);
        var ordered = 0;
        for (var step = 0; step < 12; step++)
        {
            network.Step(
                Samples.Gaussian(batch * SmallNetwork.Input.Length, (ulong)step), Samples.Labels(batch, SmallNetwork.Classes), optimiser,
                0.02f);
            var (share, measured) = (unit.Report.CoarseShare, unit.Layers.Select(layer => layer.Rms).ToArray());
            if (optimiser.OrderChannels())
            {
                ordered++;
                Assert.True(unit.Report.CoarseShare > share);

                // The same but for rounding, and in that as a run that goes on from here, which measures the weights in the order that they have now.
                var rms = unit.Layers.Select(layer => layer.Rms).ToArray();
                Assert.All(measured.Zip(rms), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
                foreach (var layer in unit.Layers) layer.Touch();
                Assert.Equal(unit.Layers.Select(layer => layer.Rms), rms);
            }

            foreach (var (parameter, layer) in optimiser.Pruned.Zip(unit.Layers))
            {
                Assert.Same(layer.Mask, parameter.Mask);
                Assert.Equal(Math.Sqrt(parameter.Value.Sum(value => (double)value * value) / parameter.Value.Length), layer.Rms, 1e-6);
                for (var i = 0; i < parameter.Value.Length; i++)
                {
                    if (!layer.Mask[i]) Assert.Equal((0f, 0f), (parameter.Value[i], parameter.Momentum[i]));
                }
            }
        }

        Assert.InRange(ordered, 3, 12);
        Assert.Equal(0.9, unit.Report.Sparsity, 0.01);
    }

    private static long DeadOf(IEnumerable<Parameter> weights) => weights.Sum(weight => weight.Mask!.WeightsInDeadGroups);

    /// <summary>As many as the weights that write them have rows.</summary>
    private static int ChannelsOf(Network network, ChannelSpace space) =>
        network.Parameters.First(parameter => space.Axes.Any(axis => !axis.IsInput && axis.Arrays[0] == parameter.Value)).Shape[0];
}
