using SparseKernels.Sparsity;
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

    [Theory]
    [InlineData(1, false, 2)]
    [InlineData(1, true, 2)]
    [InlineData(16, true, 3)]
    [InlineData(7, false, 100)]
    public static void Coarse_GroupsOfSeveralInputChannels_AreLiveWhereOneOfTheirWeightsIs(int outputs, bool wholeFilter, int inputs)
    {
        var shape = new ConvolutionShape(1, 5, 8, 8, 20, 3, 2);
        var w = RandomTensor.Floats(shape.WeightLength, seed: 8, density: 0.05);
        var pattern = WeightPattern.FromWeights(shape, w, new CoarseGroup(outputs, wholeFilter, inputs));
        var rows = wholeFilter ? 1 : shape.R;
        var runs = (shape.C + inputs - 1) / inputs * rows;
        var live = new bool[(shape.K + outputs - 1) / outputs * runs];
        var i = 0;
        for (var k = 0; k < shape.K; k++)
        {
            for (var c = 0; c < shape.C; c++)
            {
                for (var tap = 0; tap < shape.R * shape.S; tap++, i++)
                    live[k / outputs * runs + c / inputs * rows + (wholeFilter ? 0 : tap / shape.S)] |= w[i] != 0;
            }
        }

        Assert.Equal(live, Enumerable.Range(0, pattern.Coarse.Groups).Select(group => pattern.Coarse[group]));
    }

    [Fact]
    public static void Touch_AfterAChange_CountsAnew()
    {
        var pattern = WeightPattern.Full(s_shape, CoarseGroup.Default);
        var groups = pattern.Coarse.LiveGroups;
        Assert.Equal(s_shape.WeightLength, pattern.Count);
        pattern.Words.Clear();
        pattern.Words[1] = 1UL << 6;
        pattern.Touch();
        Assert.Equal(1, pattern.Count);
        Assert.True(pattern[70]);
        Assert.Equal(1, pattern.Coarse.LiveGroups);
        Assert.NotEqual(1, groups);
    }

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(0)]
    public static void NextAndCount_FromEverywhere_FindTheNextOneAndCountTheRest(double density)
    {
        var w = RandomTensor.Integers(s_shape.WeightLength, seed: 9, density);
        var pattern = WeightPattern.FromWeights(s_shape, w);
        foreach (var end in (int[])[1, 64, 200, w.Length])
        {
            for (var from = 0; from <= end; from++)
            {
                Assert.Equal(Next(from, end, live: true), pattern.NextLive(from, end));
                Assert.Equal(Next(from, end, live: false), pattern.NextDead(from, end));
                Assert.Equal(w.AsSpan(from, end - from).ToArray().Count(value => value != 0), pattern.CountIn(from, end));
            }
        }

        int Next(int from, int end, bool live)
        {
            while (from < end && w[from] != 0 != live) from++;
            return from;
        }
    }

    [Fact]
    public static void BadArguments_AreNamed()
    {
        Assert.Throws<ArgumentNullException>("shape", () => WeightPattern.FromWeights(null!, []));
        Assert.Throws<ArgumentException>("weights", () => WeightPattern.FromWeights(s_shape, new float[1]));
        Assert.Throws<ArgumentException>("mask", () => WeightPattern.FromMask(s_shape, new bool[1]));
        Assert.Throws<ArgumentOutOfRangeException>(
            "group", () => WeightPattern.FromWeights(s_shape, new float[s_shape.WeightLength], new CoarseGroup(0)));
        Assert.Contains("input", Assert.Throws<ArgumentOutOfRangeException>("group", () => WeightPattern.FromWeights(s_shape, new float[s_shape.WeightLength], new CoarseGroup(1, false, 0))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(
            "index", () => WeightPattern.FromWeights(s_shape, new float[s_shape.WeightLength])[s_shape.WeightLength]);
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
