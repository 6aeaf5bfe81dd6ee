using SparseKernels.Bench.Ranks;
using Xunit;

namespace SparseKernels.Bench.Tests.Ranks;

public class RankTimesTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Of_TimesOfARing_GivesItsLinkBack(int ranks)
    {
        var link = new RankLink(8, 3e-6);
        double Sum(long bytes) => new RankStep("m", 0, 1, bytes).Ring(ranks, link);
        var times = RankTimes.Of(0.2, 0.25, ranks, (16_384, Sum(16_384)), (4_000_000, Sum(4_000_000)));
        Assert.Equal(8, times.Link.GigabitsPerSecond, 1e-6);
        Assert.Equal(3e-6, times.Link.Latency, 1e-12);
        Assert.Equal((0.2, 0.25), (times.Beside, times.Step));
        Assert.Equal(times, RankTimes.Find($"some words\r\n\e[?1h\e={times}\nothers"));
    }

    [Fact]
    public void Find_RanksThatMeasuredNothing_SaysWhatTheyWrote()
    {
        Assert.Contains("wrote: no library", Assert.Throws<InvalidDataException>(() => RankTimes.Find("first\nno library\n")).Message, StringComparison.Ordinal);
        Assert.Contains("wrote: nothing", Assert.Throws<InvalidDataException>(() => RankTimes.Find("")).Message, StringComparison.Ordinal);
    }
}
