using Xunit;

namespace SparseKernels.Tests;

public sealed class SizeTests
{
    [Fact]
    public void Size2D_FromOneNumber_HasItInBothDirections()
    {
        Size2D size = 3;
        Assert.Equal((3, 3), (size.Height, size.Width));
    }

    [Fact]
    public void Size2D_ToString_ShortensEqualDirections()
    {
        Assert.Equal("2", new Size2D(2, 2).ToString());
        Assert.Equal("2x3", new Size2D(2, 3).ToString());
    }

    [Fact]
    public void Padding2D_FromOneNumber_HasItOnFourSides()
    {
        Padding2D padding = 2;
        Assert.Equal((2, 2, 2, 2), (padding.Top, padding.Bottom, padding.Left, padding.Right));
    }

    [Theory]
    [InlineData(1, 1, 1, 1, "1")]
    [InlineData(2, 1, 1, 1, "(top 2, bottom 1, left 1, right 1)")]
    [InlineData(1, 2, 1, 1, "(top 1, bottom 2, left 1, right 1)")]
    [InlineData(1, 1, 2, 1, "(top 1, bottom 1, left 2, right 1)")]
    [InlineData(1, 1, 1, 2, "(top 1, bottom 1, left 1, right 2)")]
    public void Padding2D_ToString_NamesSidesThatDiffer(int top, int bottom, int left, int right, string expected) =>
        Assert.Equal(expected, new Padding2D(top, bottom, left, right).ToString());
}
