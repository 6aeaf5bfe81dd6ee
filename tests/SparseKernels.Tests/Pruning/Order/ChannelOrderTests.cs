using SparseKernels.Pruning.Order;
using SparseKernels.Sparsity;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Pruning.Order;

public static class ChannelOrderTests
{
    [Fact]
    public static void Gather_InterleavedLikeChannels_BringsThemTogether()
    {
        // Even output channels read even input channels alone, odd ones odd ones; in order every group of 16 is live, gathered half of them are.
        var shape = new ConvolutionShape(1, 32, 3, 3, 64, 3, 3);
        var mask = WeightPattern.FromMask(shape, [.. Enumerable.Range(0, shape.WeightLength).Select(i => i / 288 % 2 == i / 9 % 32 % 2)]);
        var order = ChannelOrder.Gather([mask]);
        Assert.Equal(1, mask.CoarseDensity);
        Assert.Equal(0.5, Permuted(mask, order).CoarseDensity);
        Assert.All(order.Chunk(16), block => Assert.Single(block.Select(k => k % 2).Distinct()));
    }

    [Fact]
    public static void Gather_EmptyChannels_ComeIntoBlocksOfTheirOwn()
    {
        // Every other channel is empty, the others keep all: an empty one adds nothing to a block but is unlike it.
        var shape = new ConvolutionShape(1, 4, 3, 3, 64, 3, 3);
        var mask = WeightPattern.FromMask(shape, [.. Enumerable.Range(0, shape.WeightLength).Select(i => i / 36 % 2 == 1)]);
        Assert.Equal(0.5, Permuted(mask, ChannelOrder.Gather([mask])).CoarseDensity);
    }

    [Fact]
    public static void Gather_RandomMasks_NoExchangeAndNoneOfManyOrdersHasMoreZerosInZeroGroups()
    {
        var random = new Random(5);
        for (var trial = 0; trial < 20; trial++)
        {
            var shape = new ConvolutionShape(1, 9, 3, 3, 26, 3, 3);
            var group = new CoarseGroup(4);
            var live = RandomTensor.Integers(shape.WeightLength, seed: trial, density: 0.02 + 0.1 * random.NextDouble());
            var mask = WeightPattern.FromWeights(shape, live, group);
            var once = Permuted(mask, ChannelOrder.Gather([mask], block: 4));
            Assert.True(once.WeightsInDeadGroups > mask.WeightsInDeadGroups, $"trial {trial}");
            Assert.True(once.WeightsInDeadGroups >= BestOfExchanges(once), $"trial {trial}");
            var again = Permuted(once, ChannelOrder.Gather([once], block: 4));
            Assert.True(again.WeightsInDeadGroups >= once.WeightsInDeadGroups, $"trial {trial}");
            Assert.True(once.WeightsInDeadGroups > BestOfRandomOrders(mask, random), $"trial {trial}");
        }
    }

    [Fact]
    public static void Gather_TwoMasks_ChannelsAlikeInBothComeTogether()
    {
        // By the first mask alone channels pair by parity, by the second by halves: only quarters are alike in both, and the second weighs more.
        ConvolutionShape first = new(1, 2, 1, 1, 64, 1, 1), second = new(1, 2, 3, 3, 64, 3, 3);
        var parity = WeightPattern.FromMask(first, [.. Enumerable.Range(0, first.WeightLength).Select(i => i / 2 % 2 == i % 2)]);
        var pairs = WeightPattern.FromMask(second, [.. Enumerable.Range(0, second.WeightLength).Select(i => i / 18 / 2 % 2 == i / 9 % 2)]);
        var order = ChannelOrder.Gather([parity, pairs]);
        Assert.Equal((1, 1), (parity.CoarseDensity, pairs.CoarseDensity));
        Assert.All(order.Chunk(16), block => Assert.Single(block.Select(k => k % 4).Distinct()));
        Assert.Equal((0.5, 0.5), (Permuted(parity, order).CoarseDensity, Permuted(pairs, order).CoarseDensity));
    }

    [Fact]
    public static void Gather_TwoMasksThatDisagree_MoreWeightsCountNotMoreRuns()
    {
        // In the first, 0 and 2 are alike, 1 and 3: a gain of two runs of one weight. In the second 0 and 3, 1 and 2: of one run of three.
        ConvolutionShape first = new(1, 4, 1, 1, 4, 1, 1), second = new(1, 2, 1, 3, 4, 1, 3);
        var many = WeightPattern.FromMask(
            first, [.. Enumerable.Range(0, first.WeightLength).Select(i => i / 4 % 2 == i % 2)], new CoarseGroup(2));
        var large = WeightPattern.FromMask(
            second, [.. Enumerable.Range(0, second.WeightLength).Select(i => (i / 6 is 0 or 3) == (i / 3 % 2 == 0))], new CoarseGroup(2));
        foreach (WeightPattern[] masks in new[] { new[] { many, large }, [large, many] })
            Assert.Equal(
                ["0 3", "1 2"], ChannelOrder.Gather(masks, block: 2).Chunk(2).Select(pair => string.Join(' ', pair.Order())).Order());
        Assert.Equal(["0 2", "1 3"], ChannelOrder.Gather([many], block: 2).Chunk(2).Select(pair => string.Join(' ', pair.Order())).Order());
    }

    [Fact]
    public static void Gather_GatheredAlready_IsThePresentOrder()
    {
        var shape = new ConvolutionShape(1, 4, 3, 3, 64, 3, 3);
        var mask = WeightPattern.FromMask(shape, [.. Enumerable.Range(0, shape.WeightLength).Select(i => i / 36 / 16 == i / 9 % 4)]);
        Assert.Equal(Enumerable.Range(0, 64), ChannelOrder.Gather([mask]));
    }

    [Fact]
    public static void Gather_ConvolutionGroups_StayInPlace()
    {
        // The second group has five full channels, of which one stays in the second block; an exchange with an empty one of the first group would gain.
        var shape = new ConvolutionShape(1, 8, 3, 3, 24, 3, 3, groups: 2);
        var mask = WeightPattern.FromMask(shape, [.. Enumerable.Range(0, shape.WeightLength).Select(i => i / 36 % 2 == 0 && i / 36 != 22)]);
        var order = ChannelOrder.Gather([mask]);
        Assert.Equal(Enumerable.Range(0, 12), order.Take(12).Order());
        Assert.Equal(Enumerable.Range(12, 12), order.Skip(12).Order());
    }

    [Theory]
    [InlineData(1, 1, 16)]
    [InlineData(40, 5, 16)]
    [InlineData(17, 3, 4)]
    [InlineData(9, 70, 100)]
    public static void Gather_RandomMask_IsAnOrderAndTheSameEachTime(int k, int c, int block)
    {
        var shape = new ConvolutionShape(1, c, 3, 3, k, 3, 3);
        var mask = WeightPattern.FromWeights(shape, RandomTensor.Integers(shape.WeightLength, seed: k, density: 0.1));
        var order = ChannelOrder.Gather([mask], block);
        Assert.Equal(Enumerable.Range(0, k), order.Order());
        Assert.Equal(order, ChannelOrder.Gather([mask], block));
    }

    [Fact]
    public static void Permute_ThereAndBack_IsTheSame()
    {
        var w = RandomTensor.Floats(10 * 6 * 4, seed: 1);
        var (there, back) = (new float[w.Length], new float[w.Length]);
        int[] outputs = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7], inputs = [5, 0, 3, 1, 4, 2];
        ChannelOrder.PermuteOutputs<float>(w, outputs, there);
        for (var k = 0; k < 10; k++) Assert.Equal(w.AsSpan(outputs[k] * 24, 24), there.AsSpan(k * 24, 24));
        ChannelOrder.PermuteOutputs<float>(there, ChannelOrder.Inverse(outputs), back);
        Assert.Equal(w, back);
        ChannelOrder.PermuteInputs<float>(w, 10, inputs, there);
        for (var i = 0; i < 60; i++) Assert.Equal(w.AsSpan((i / 6 * 6 + inputs[i % 6]) * 4, 4), there.AsSpan(i * 4, 4));
        ChannelOrder.PermuteInputs<float>(there, 10, ChannelOrder.Inverse(inputs), back);
        Assert.Equal(w, back);
    }

    /// <summary>Two layers with whole numbers, so that another order of sums changes no bit.</summary>
    [Fact]
    public static void Permute_OneLayersOutputsAndTheNextsInputs_LeavesTheFunctionAsItWas()
    {
        ConvolutionShape first = new(2, 3, 6, 6, 20, 3, 3, padding: 1), second = new(2, 20, 6, 6, 8, 3, 3, padding: 1);
        float[] w1 = RandomTensor.Integers(first.WeightLength, seed: 1, density: 0.3), w2 = RandomTensor.Integers(
            second.WeightLength, seed: 2);
        float[] bias = RandomTensor.Integers(20, seed: 3), x = RandomTensor.Integers(first.InputLength, seed: 4);
        var order = ChannelOrder.Gather([WeightPattern.FromWeights(first, w1)], block: 4);
        float[] p1 = new float[w1.Length], p2 = new float[w2.Length], permutedBias = new float[20];
        ChannelOrder.PermuteOutputs<float>(w1, order, p1);
        ChannelOrder.PermuteOutputs<float>(bias, order, permutedBias);
        ChannelOrder.PermuteInputs<float>(w2, second.K, order, p2);
        Assert.NotEqual(Enumerable.Range(0, 20), order);
        Expect.SameBits(Network(w1, bias, w2), Network(p1, permutedBias, p2), "output");

        float[] Network(float[] a, float[] b, float[] c)
        {
            float[] hidden = new float[first.OutputLength], y = new float[second.OutputLength];
            SparseConvolution.Forward(first, x, a, b, hidden);
            foreach (ref var value in hidden.AsSpan()) value = Math.Max(value, 0);
            SparseConvolution.Forward(second, hidden, c, [], y);
            return y;
        }
    }

    [Fact]
    public static void BadArguments_AreNamed()
    {
        var buffer = new float[12];
        Assert.Throws<ArgumentNullException>("masks", () => ChannelOrder.Gather(null!));
        Assert.Throws<ArgumentNullException>("masks", () => ChannelOrder.Gather([null!]));
        Assert.Throws<ArgumentException>("masks", () => ChannelOrder.Gather([]));
        Assert.Throws<ArgumentException>("masks", () => ChannelOrder.Gather([Full(4, 2), Full(6, 2)]));
        Assert.Throws<ArgumentException>("masks", () => ChannelOrder.Gather([Full(4, 2), Full(4, 2, groups: 2)]));
        Assert.Throws<ArgumentOutOfRangeException>("block", () => ChannelOrder.Gather([Full(4, 2)], 0));
        Assert.Throws<ArgumentException>("order", () => ChannelOrder.PermuteOutputs<float>(buffer, [0, 0], new float[12]));
        Assert.Throws<ArgumentException>("order", () => ChannelOrder.PermuteOutputs<float>(buffer, [0, 2], new float[12]));
        Assert.Throws<ArgumentException>("order", () => ChannelOrder.Inverse([]));
        Assert.Throws<ArgumentException>("from", () => ChannelOrder.PermuteOutputs<float>(buffer, [4, 3, 2, 1, 0], new float[12]));
        Assert.Throws<ArgumentException>("to", () => ChannelOrder.PermuteOutputs<float>(buffer, [1, 0], new float[11]));
        Assert.Throws<ArgumentException>("to", () => ChannelOrder.PermuteOutputs<float>(buffer, [1, 0], buffer));
        Assert.Throws<ArgumentException>("from", () => ChannelOrder.PermuteInputs<float>(buffer, 5, [1, 0], new float[12]));
        Assert.Throws<ArgumentOutOfRangeException>("outputs", () => ChannelOrder.PermuteInputs<float>(buffer, 0, [1, 0], new float[12]));
    }

    private static WeightPattern Full(int k, int c, int groups = 1) =>
        WeightPattern.Full(new ConvolutionShape(1, c, 1, 1, k, 1, 1, groups: groups), CoarseGroup.Default);

    private static long BestOfExchanges(WeightPattern mask)
    {
        var best = 0L;
        for (var i = 0; i < mask.Shape.K; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var order = Enumerable.Range(0, mask.Shape.K).ToArray();
                (order[i], order[j]) = (j, i);
                best = Math.Max(best, Permuted(mask, order).WeightsInDeadGroups);
            }
        }

        return best;
    }

    private static long BestOfRandomOrders(WeightPattern mask, Random random)
    {
        var order = Enumerable.Range(0, mask.Shape.K).ToArray();
        return Enumerable.Range(0, 30).Max(_ =>
        {
            random.Shuffle(order);
            return Permuted(mask, order).WeightsInDeadGroups;
        });
    }

    private static WeightPattern Permuted(WeightPattern mask, int[] order)
    {
        var to = new bool[mask.Shape.WeightLength];
        ChannelOrder.PermuteOutputs([.. Enumerable.Range(0, to.Length).Select(i => mask[i])], order, to.AsSpan());
        return WeightPattern.FromMask(mask.Shape, to, mask.Group);
    }
}
