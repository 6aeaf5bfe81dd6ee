using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Sparsity;

public static class FineMaskTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 16, 3, 5)]
    [InlineData(3, 17, 2, 7)]
    [InlineData(1, 40, 4, 1)]
    public static void Update_AnySize_SetsTheBitsOfNonZeros(int n, int c, int h, int w)
    {
        var values = RandomTensor.Floats(n * c * h * w, seed: n + c, density: 0.4);
        values[0] = -0f;
        if (values.Length > 2) values[^1] = float.NaN;
        using var blocked = new BlockedTensor(n, c, h, w);
        blocked.CopyFromNchw(values);
        FineMask fromBlocked = new(n, c, h, w), fromPlain = new(n, c, h, w);
        fromBlocked.Update(blocked);
        fromPlain.Update(values);
        Assert.True(fromBlocked.Words.SequenceEqual(fromPlain.Words));
        var i = 0;
        var count = 0;
        for (var image = 0; image < n; image++)
        {
            for (var channel = 0; channel < c; channel++)
            {
                for (var row = 0; row < h; row++)
                {
                    for (var column = 0; column < w; column++, i++)
                    {
                        Assert.Equal(values[i] != 0, fromPlain[image, channel, row, column]);
                        if (values[i] != 0) count++;
                    }
                }
            }
        }

        Assert.Equal(count, fromPlain.Count);
        Assert.Equal((double)count / values.Length, fromPlain.Density, 12);
    }

    [Fact]
    public static void Fill_True_SetsEveryElementAndNoLanePastTheLastChannel()
    {
        var mask = new FineMask(2, 19, 3, 2);
        mask.Fill(true);
        Assert.Equal(2 * 19 * 3 * 2, mask.Count);
        Assert.Equal(1, mask.Density);
        mask[1, 18, 2, 1] = false;
        Assert.False(mask[1, 18, 2, 1]);
        Assert.Equal(2 * 19 * 3 * 2 - 1, mask.Count);
        mask.Fill(false);
        Assert.Equal(0, mask.Count);
    }

    [Fact]
    public static void Constructor_SizeUnderOne_NamesIt()
    {
        Assert.Throws<ArgumentOutOfRangeException>("n", () => new FineMask(0, 1, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("c", () => new FineMask(1, 0, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("h", () => new FineMask(1, 1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>("w", () => new FineMask(1, 1, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("n", () => new FineMask(1 << 20, 16, 1 << 10, 1));
    }

    [Fact]
    public static void Indexer_OutsideTheTensor_NamesTheIndex()
    {
        var mask = new FineMask(1, 2, 3, 4);
        Assert.Throws<ArgumentOutOfRangeException>("n", () => mask[1, 0, 0, 0]);
        Assert.Throws<ArgumentOutOfRangeException>("c", () => mask[0, 2, 0, 0]);
        Assert.Throws<ArgumentOutOfRangeException>("h", () => mask[0, 0, -1, 0]);
        Assert.Throws<ArgumentOutOfRangeException>("w", () => mask[0, 0, 0, 4]);
    }

    [Fact]
    public static void Update_OtherSizes_NamesBoth()
    {
        var mask = new FineMask(1, 2, 3, 4);
        using var other = new BlockedTensor(1, 2, 3, 5);
        var error = Assert.Throws<ArgumentException>("tensor", () => mask.Update(other));
        Assert.Contains("[1, 2, 3, 4]", error.Message);
        Assert.Contains("[1, 2, 3, 5]", error.Message);
        Assert.Contains("24", Assert.Throws<ArgumentException>("tensor", () => mask.Update(new float[23])).Message);
    }
}
