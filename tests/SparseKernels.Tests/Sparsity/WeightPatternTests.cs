using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Sparsity;

public static class WeightPatternTests
{
    private static readonly ConvolutionShape s_shape = new(1, 6, 8, 8, 20, 3, 2, groups: 2);

    [Fact]
    public static void FromWeights_FineAndCoarse_CountWhatIsThere()
    {
        var w = RandomTensor.Floats(s_shape.WeightLength, seed: 5, density: 0.1);
        w[0] = -0f;
        w[1] = float.NaN;
        foreach (var group in (CoarseGroup[])[CoarseGroup.Default, new(4), new(64, WholeFilter: true), new(7, WholeFilter: true)])
        {
            var pattern = WeightPattern.FromWeights(s_shape, w, group);
            Assert.Equal(w.Count(value => value != 0), pattern.Count);
            Assert.Equal(w.Average(value => value != 0 ? 1.0 : 0), pattern.FineDensity, 12);
            for (var i = 0; i < w.Length; i++) Assert.Equal(w[i] != 0, pattern[i]);

            var taps = group.WholeFilter ? s_shape.R * s_shape.S : s_shape.S;
            var runsPerK = s_shape.GroupC * s_shape.R * s_shape.S / taps;
            var live = w.Select((value, i) => (value, Key: (i / taps / runsPerK / group.OutputChannels, i / taps % runsPerK)))
                .GroupBy(pair => pair.Key).ToDictionary(g => g.Key, g => g.Any(pair => pair.value != 0));
            Assert.Equal(live.Count, pattern.Coarse.Groups);
            Assert.Equal(live.Count(pair => pair.Value), pattern.Coarse.LiveGroups);
            foreach (var ((k, run), isLive) in live) Assert.Equal(isLive, pattern.Coarse[k * runsPerK + run]);
            Assert.Equal(pattern.Coarse.Density, pattern.CoarseDensity);
        }
    }

    [Fact]
    public static void FromMask_SameZeros_IsFromWeights()
    {
        var w = RandomTensor.Floats(s_shape.WeightLength, seed: 6, density: 0.3);
        var (fromWeights, fromMask) = (WeightPattern.FromWeights(s_shape, w), WeightPattern.FromMask(s_shape, Array.ConvertAll(w, value => value != 0)));
        for (var i = 0; i < w.Length; i++) Assert.Equal(fromWeights[i], fromMask[i]);
        Assert.True(fromWeights.Coarse.Words.SequenceEqual(fromMask.Coarse.Words));
    }

    [Fact]
    public static void BadArguments_AreNamed()
    {
        Assert.Throws<ArgumentNullException>("shape", () => WeightPattern.FromWeights(null!, []));
        Assert.Throws<ArgumentException>("weights", () => WeightPattern.FromWeights(s_shape, new float[1]));
        Assert.Throws<ArgumentException>("mask", () => WeightPattern.FromMask(s_shape, new bool[1]));
        Assert.Throws<ArgumentOutOfRangeException>("group", () => WeightPattern.FromWeights(s_shape, new float[s_shape.WeightLength], new CoarseGroup(0)));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => WeightPattern.FromWeights(s_shape, new float[s_shape.WeightLength])[s_shape.WeightLength]);
    }

    [Fact]
    public static void OperandPair_BadOperands_AreNamed()
    {
        Assert.Throws<ArgumentException>("coarse", () => new OperandPair(Operand.Input, Operand.Input));
        Assert.Throws<ArgumentOutOfRangeException>("fine", () => new OperandPair((Operand)3, Operand.Input));
        Assert.Throws<ArgumentOutOfRangeException>("coarse", () => new OperandPair(Operand.Input, (Operand)(-1)));
        var pair = new OperandPair(Operand.Weight, Operand.Output);
        Assert.Equal("WeightOutput", pair.ToString());
        Assert.True(pair.Contains(Operand.Weight) && pair.Contains(Operand.Output) && !pair.Contains(Operand.Input));
    }
}
