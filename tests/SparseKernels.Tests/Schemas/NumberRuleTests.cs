using SparseKernels.Schemas;
using Xunit;

namespace SparseKernels.Tests.Schemas;

public sealed class NumberRuleTests
{
    [Fact]
    public void Words_KindsAndRanges_SayThem()
    {
        Assert.Equal("a whole number from 0 to 2147483647", NumberRules.Count.Words);
        Assert.Equal("a number from 0 to 1", NumberRules.Share.Words);
        Assert.Equal("a number over 0 and under 1", new NumberRule<double>(0, 1, RangeEnds.Both).Words);
        Assert.Equal("a number over 0", new NumberRule<float>(0, float.MaxValue, RangeEnds.Least, IsUpwards: true).Words);
        Assert.Equal("a whole number from 1 up", new NumberRule<double>(1, int.MaxValue, IsWhole: true, IsUpwards: true).Words);
        Assert.Equal("a number from 0 to 1, or NaN", (NumberRules.Share with { MayBeNaN = true }).Words);
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("1e-3", true)]
    [InlineData("1", true)]
    [InlineData("1.0000001", false)]
    [InlineData("-0.1", false)]
    [InlineData("NaN", false)]
    [InlineData("Infinity", false)]
    [InlineData("1e999", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData(" 1", false)]
    [InlineData("0,5", false)]
    public void TryParse_OfAShare_TakesTheRangeAlone(string? text, bool expected) =>
        Assert.Equal(expected, NumberRules.Share.TryParse(text, out _));

    [Theory]
    [InlineData("18446744073709551615", true)]
    [InlineData("18446744073709551616", false)]
    [InlineData("-1", false)]
    [InlineData("1.0", false)]
    [InlineData("1e3", false)]
    [InlineData("1,000", false)]
    public void TryParse_OfASeed_TakesWholeNumbersAlone(string text, bool expected) =>
        Assert.Equal(expected, NumberRules.Seed.TryParse(text, out _));

    [Fact]
    public void Allows_EndsThatAreOpenAndNaN_AsTheRuleSays()
    {
        var open = new NumberRule<double>(0, 1, RangeEnds.Both);
        Assert.Equal([false, true, false, false], new[] { 0, 0.5, 1, double.NaN }.Select(open.Allows));
        Assert.True((open with { MayBeNaN = true }).Allows(double.NaN));
        Assert.Equal([true, false, false], new[] { 3, 3.5, 1e300 }.Select(NumberRules.Whole.Allows));
    }

    [Fact]
    public void Parse_Wrong_NamesKeyRangeAndText()
    {
        Assert.Equal(
            "expected a whole number from 1 to 2147483647 for k, got 0.",
            Assert.Throws<InvalidDataException>(() => NumberRules.Size.Parse("k", "0")).Message);
        Assert.Equal(
            "expected a number from 0 to 1 for k, got none.", Assert.Throws<InvalidDataException>(() => NumberRules.Share.Parse("k",
            null)).Message);
        Assert.Equal(
            "expected a number from 0 to 1 for k, got 1.5.", Assert.Throws<InvalidDataException>(() => NumberRules.Share.Require("k",
            1.5)).Message);
    }
}
