using SparseKernels.Bench.Measuring;
using Xunit;

namespace SparseKernels.Bench.Tests.Measuring;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(new[] { 3.0, 1, 2 }, 2)]
    [InlineData(new[] { 4.0, 1, 2, 3 }, 2.5)]
    [InlineData(new[] { 7.0 }, 7)]
    public void Median_OddAndEven_IsTheMiddle(double[] values, double expected) => Assert.Equal(expected, Statistics.Median(values));

    [Fact]
    public void GeometricMean_OfReciprocals_IsOne() => Assert.Equal(1, Statistics.GeometricMean([4, 0.25, 5, 0.2]), 12);

    [Fact]
    public void GeometricMean_OfZeroOrNothing_Throws()
    {
        Assert.Throws<ArgumentException>(() => Statistics.GeometricMean([1, 0]));
        Assert.Throws<ArgumentException>(() => Statistics.GeometricMean([]));
        Assert.Throws<ArgumentException>(() => Statistics.Median([]));
    }
}
