using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Sparsity;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Pruning.Strategies;

public static class ChannelBalancerTests
{
    private static readonly ConvolutionShape s_shape = new(1, 5, 3, 3, 8, 3, 3);

    [Fact]
    public static void FactorsOf_SparseAndDenseChannels_LowersAndRaisesInTheirOrder()
    {
        // Channel c keeps c + 1 of its 9 taps in each of the 8 filters.
        var mask = MaskOf((c, tap) => tap <= c);
        var factors = new ChannelBalancer(strength: 1, limit: 10).FactorsOf(mask);
        Assert.Equal([1 / 3f, 2 / 3f, 1f, 4 / 3f, 5 / 3f], factors, (a, b) => Math.Abs(a - b) < 1e-6);
        var gentle = new ChannelBalancer(strength: 0.5f, limit: 10).FactorsOf(mask);
        for (var c = 0; c < factors.Length; c++) Assert.Equal(MathF.Sqrt(factors[c]), gentle[c], 1e-6f);
    }

    [Fact]
    public static void FactorsOf_AnyMask_StayWithinTheLimitAndAreOneWithoutStrength()
    {
        var mask = MaskOf((c, tap) => c == 4 || (c == 3 && tap == 0));
        Assert.Equal([0.5f, 0.5f, 0.5f, 1 / 2f, 2f], new ChannelBalancer(strength: 3, limit: 2).FactorsOf(mask));
        Assert.All(new ChannelBalancer(strength: 0, limit: 2).FactorsOf(mask), factor => Assert.Equal(1, factor));
        Assert.All(new ChannelBalancer(strength: 1, limit: 1).FactorsOf(mask), factor => Assert.Equal(1, factor));
    }

    [Fact]
    public static void FactorsOf_EvenOrEmptyMask_AreOne()
    {
        Assert.All(new ChannelBalancer().FactorsOf(MaskOf((_, tap) => tap % 2 == 0)), factor => Assert.Equal(1, factor));
        Assert.All(new ChannelBalancer().FactorsOf(MaskOf((_, _) => false)), factor => Assert.Equal(1, factor));
    }

    [Fact]
    public static void PruneBelow_BalancedFactors_EvensOutWhatPlainThresholdsLeaveUneven()
    {
        // Input channels of larger and larger weights: one threshold for all leaves them more and more of them.
        var random = RandomTensor.Floats(64 * 16 * 9, seed: 3);
        for (var i = 0; i < random.Length; i++) random[i] *= 0.4f + (0.1f * (i / 9 % 16));
        var (plain, balanced) = (Imbalance(strength: 0), Imbalance(strength: 1));
        Assert.True(plain.First > 1 && plain.First < plain.After, $"{plain}");
        Assert.True(balanced.After < 1 + (0.7 * (plain.After - 1)), $"imbalance {balanced.After} with balancing, {plain.After} without");

        (double First, double After) Imbalance(float strength)
        {
            var balancer = new ChannelBalancer(strength, limit: 2);
            var run = new PruningCase(new ScriptedStrategy { Before = (step, layers) => layers[0].PruneBelow(new(0.1f * (step + 1), 0), balancer.FactorsOf(layers[0].Mask)) });
            var layer = run.Add([64, 16, 3, 3], random);
            run.Unit.Step();
            var first = layer.Report.InputImbalance;
            for (var step = 0; step < 4; step++) run.Unit.Step();
            Assert.Equal(first, layer.Report.InputImbalanceAtFirst);
            return (first, layer.Report.InputImbalance);
        }
    }

    [Fact]
    public static void Imbalance_KnownMasks_IsGreatestOverMean()
    {
        Assert.Equal(5 / 3.0, ChannelImbalance.OfInputs(MaskOf((c, tap) => tap <= c)), 12);
        Assert.Equal(1, ChannelImbalance.OfInputs(MaskOf((_, _) => false)));
        Assert.Equal(5, ChannelImbalance.OfInputs(MaskOf((c, _) => c == 2)));

        // Of eight output channels the first two keep all: two of four cores' shares, or one of three (whose shares are 2, 3 and 3).
        var bits = new bool[s_shape.WeightLength];
        bits.AsSpan(0, 2 * 45).Fill(true);
        var mask = WeightPattern.FromMask(s_shape, bits);
        Assert.Equal(1, ChannelImbalance.OfCores(mask, 1));
        Assert.Equal(2, ChannelImbalance.OfCores(mask, 2));
        Assert.Equal(3, ChannelImbalance.OfCores(mask, 3));
        Assert.Equal(4, ChannelImbalance.OfCores(mask, 4));
        Assert.Equal(8, ChannelImbalance.OfCores(mask, 16));
    }

    [Fact]
    public static void BadArguments_AreNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>("strength", () => new ChannelBalancer(-1));
        Assert.Throws<ArgumentOutOfRangeException>("strength", () => new ChannelBalancer(float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>("limit", () => new ChannelBalancer(1, 0.5f));
        Assert.Throws<ArgumentOutOfRangeException>("limit", () => new ChannelBalancer(1, float.PositiveInfinity));
        Assert.Throws<ArgumentNullException>("mask", () => new ChannelBalancer().FactorsOf(null!));
        Assert.Throws<ArgumentNullException>("mask", () => ChannelImbalance.OfInputs(null!));
        Assert.Throws<ArgumentOutOfRangeException>("cores", () => ChannelImbalance.OfCores(MaskOf((_, _) => true), 0));
    }

    private static WeightPattern MaskOf(Func<int, int, bool> live) =>
        WeightPattern.FromMask(s_shape, [.. Enumerable.Range(0, s_shape.WeightLength).Select(i => live(i / 9 % 5, i % 9))]);
}
