using SparseKernels.Bench.Ranks;
using Xunit;

namespace SparseKernels.Bench.Tests.Ranks;

public class RankStepTests
{
    [Fact]
    public void RingAndTree_AByteASecond_AsTheirMessages()
    {
        // 8e-9 Gbit/s is a byte a second.
        var (step, link) = (new RankStep("m", 0, Seconds: 3, Bytes: 12), new RankLink(8e-9, 0.5));
        Assert.Equal(2 * (0.5 + 6), step.Ring(2, link), 1e-9);
        Assert.Equal(6 * (0.5 + 3), step.Ring(4, link), 1e-9);
        Assert.Equal(2 * (0.5 + 12), step.Tree(2, link), 1e-9);
        Assert.Equal(6 * (0.5 + 12), step.Tree(5, link), 1e-9);
    }

    [Fact]
    public void Efficiency_HiddenBehindTwoThirds_CountsTheRestAlone()
    {
        var step = new RankStep("m", 0, Seconds: 3, Bytes: 12);
        Assert.Equal(0.5, step.Efficiency(3, hides: false), 1e-9);
        Assert.Equal(0.75, step.Efficiency(3, hides: true), 1e-9);
        Assert.Equal(1, step.Efficiency(1.9, hides: true), 1e-9);
    }
}
