using SparseKernels.Bench.Measuring;
using Xunit;

namespace SparseKernels.Bench.Tests.Measuring;

public sealed class CallCostTests
{
    private object? _kept;

    [Fact]
    public void Measure_CallThatAllocates_CountsItsBytes()
    {
        var cost = CallCost.Measure(() => _kept = new byte[1000]);

        Assert.InRange(cost.Bytes, 1000, 1100);
        Assert.NotNull(_kept);
    }

    [Fact]
    public void Measure_CallThatWaits_TimesItWarmAndColdAndAllocatesNothing()
    {
        var cost = CallCost.Measure(() => Thread.Sleep(2));

        Assert.InRange(cost.Microseconds, 1900, 1e6);
        Assert.InRange(cost.ColdMicroseconds, 1900, 1e6);
        Assert.Equal(0, cost.Bytes);
    }

    [Fact]
    public void Add_TwoCalls_AddsEveryCost() =>
        Assert.Equal(new CallCost(5, 7, 9), new CallCost(1, 2, 3) + new CallCost(4, 5, 6) + CallCost.None);
}
