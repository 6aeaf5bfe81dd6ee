using SparseKernels.Pruning;
using Xunit;

namespace SparseKernels.Tests.Pruning;

public sealed class WeightTrafficTests
{
    /// <summary>Of 100 weights: a tensor has 400 bytes, the mask 13.</summary>
    [Fact]
    public void OfSeparatePasses_StepThatPrunesNothing_ReadsSixTensorsAndAMaskAndWritesFour() =>
        Assert.Equal(new WeightTraffic(2400 + 13, 1600), WeightTraffic.OfSeparatePasses(100, prunes: false));

    [Fact]
    public void OfSeparatePasses_StepThatPrunes_ReadsAndWritesTwoTensorsAndTheMaskTwiceMore() =>
        Assert.Equal(
            new WeightTraffic(2400 + 13 + (2 * 813), 1600 + (2 * 813)), WeightTraffic.OfSeparatePasses(100, prunes: true));

    [Fact]
    public void Total_OfASum_IsAllThatBothReadAndWrite() =>
        Assert.Equal(1 + 2 + 3 + 4, (new WeightTraffic(1, 2) + new WeightTraffic(3, 4)).Total);
}
