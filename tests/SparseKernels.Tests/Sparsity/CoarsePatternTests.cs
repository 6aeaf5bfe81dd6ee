using SparseKernels.Sparsity;
using Xunit;

namespace SparseKernels.Tests.Sparsity;

public static class CoarsePatternTests
{
    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("0011101")]
    [InlineData("1100")]
    [InlineData("000000000000000000000000000000000000000000000000000000000000000011111")]
    public static void RunLengths_ThereAndBack_IsTheSamePattern(string groups)
    {
        var pattern = new CoarsePattern(groups.Length);
        for (var i = 0; i < groups.Length; i++) pattern[i] = groups[i] == '1';
        var lengths = pattern.ToRunLengths();
        Assert.Equal(groups.Length, lengths.Sum());
        Assert.All(lengths.Skip(1), length => Assert.NotEqual(0, length));
        var again = CoarsePattern.FromRunLengths(lengths);
        Assert.True(pattern.Words.SequenceEqual(again.Words));
        Assert.Equal(groups.Count(group => group == '1'), again.LiveGroups);
        Assert.Equal(groups.Length == 0 ? 0 : groups.Average(group => group == '1' ? 1.0 : 0), again.Density, 12);
        Assert.Equal(groups, string.Concat(Enumerable.Range(0, again.Groups).Select(i => again[i] ? '1' : '0')));
    }

    [Fact]
    public static void BadArguments_AreNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>("groups", () => new CoarsePattern(-1));
        Assert.Throws<ArgumentOutOfRangeException>("lengths", () => CoarsePattern.FromRunLengths([1, -1]));
        Assert.Throws<ArgumentOutOfRangeException>("group", () => new CoarsePattern(3)[3]);
        Assert.Throws<ArgumentOutOfRangeException>("group", () => new CoarsePattern(3)[-1] = true);
    }
}
