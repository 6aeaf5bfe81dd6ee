using SparseKernels.Pruning;
using Xunit;

namespace SparseKernels.Tests.Pruning;

public static class ChannelSampleTests
{
    [Theory]
    [InlineData(64, 0.25)]
    [InlineData(64, 0.2)]
    [InlineData(10, 0.3)]
    [InlineData(7, 0.01)]
    [InlineData(5, 1)]
    public static void Of_PeriodsOfOneRound_CoverAllChannels(int count, double share)
    {
        var size = Math.Max(2, (int)Math.Ceiling(share * count));
        var slices = (count + size - 1) / size;
        for (var round = 0; round < 3; round++)
        {
            var seen = new HashSet<int>();
            for (var period = 0; period < slices; period++)
            {
                var sample = ChannelSample.Of(count, share, seed: 4, stream: 2, round * slices + period);
                Assert.Equal(size, sample.Length);
                Assert.Equal(sample.Distinct().Order(), sample);
                seen.UnionWith(sample);
            }

            Assert.Equal(Enumerable.Range(0, count), seen.Order());
        }
    }

    [Fact]
    public static void Of_SameNumbers_IsTheSameSampleAndOtherSeedsAreOthers()
    {
        var sample = ChannelSample.Of(64, 0.25, seed: 1, stream: 0, period: 0);
        Assert.Equal(sample, ChannelSample.Of(64, 0.25, seed: 1, stream: 0, period: 0));
        Assert.NotEqual(sample, ChannelSample.Of(64, 0.25, seed: 2, stream: 0, period: 0));
        Assert.NotEqual(sample, ChannelSample.Of(64, 0.25, seed: 1, stream: 1, period: 0));
        Assert.NotEqual(sample, ChannelSample.Of(64, 0.25, seed: 1, stream: 0, period: 4));
    }

    [Fact]
    public static void Of_ManyPeriods_BringsEveryPairTogether()
    {
        var met = new HashSet<(int, int)>();
        for (var period = 0; period < 400; period++)
        {
            var sample = ChannelSample.Of(12, 0.25, seed: 9, stream: 0, period);
            foreach (var a in sample) met.UnionWith(sample.Where(b => b > a).Select(b => (a, b)));
        }

        Assert.Equal(12 * 11 / 2, met.Count);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    public static void Of_FewChannels_IsAllOfThem(int count, int expected) =>
        Assert.Equal(expected, ChannelSample.Of(count, 0.1, 1, 0, 5).Length);

    [Fact]
    public static void NextInt_ManyDraws_AreUniform()
    {
        var random = new SplitMix64(1, 2, 3);
        var counts = new int[10];
        for (var i = 0; i < 100_000; i++) counts[random.NextInt(10)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
    }
}
