using SparseKernels.Scheduling.Choice;
using Xunit;

namespace SparseKernels.Tests.Scheduling.Choice;

public static class RememberedDensityTests
{
    [Fact]
    public static void TryTake_BeforeAnySample_GivesNone()
    {
        var remembered = new RememberedDensity();
        Assert.False(remembered.TryTake(out _));
        Assert.False(remembered.TryTake(out _));
    }

    [Fact]
    public static void TryTake_BehindASample_GivesItFifteenTimes()
    {
        var remembered = new RememberedDensity();
        for (var sample = 1; sample < 4; sample++)
        {
            var density = new OperandDensity(sample / 4.0, 1 - (sample / 8.0));
            remembered.Keep(density);
            for (var call = 0; call < 15; call++)
            {
                Assert.True(remembered.TryTake(out var taken));
                Assert.Equal(density, taken);
            }

            Assert.False(remembered.TryTake(out _));
        }
    }
}
