using SparseKernels.Diagnostics;
using Xunit;

namespace SparseKernels.Tests.Diagnostics;

public static class PassChoiceTests
{
    [Fact]
    public static void Choices_NothingDenseAndAPair_AreThreeThings()
    {
        var pair = new OperandPair(Operand.Input, Operand.Weight);
        Assert.True(PassChoice.None.IsNone);
        Assert.False(PassChoice.Dense.IsNone);
        Assert.NotEqual(PassChoice.None, PassChoice.Dense);
        Assert.Equal((null, null, pair), (PassChoice.None.Pair, PassChoice.Dense.Pair, PassChoice.Of(pair).Pair));
        Assert.Equal(["none", "dense", "input-weight"], new[] { PassChoice.None, PassChoice.Dense, PassChoice.Of(pair) }.Select(choice => choice.ToString()));
        Assert.Equal(new PlanChoices(PassChoice.None, PassChoice.None, PassChoice.None), default);
    }

    [Fact]
    public static void Of_NoPair_Throws() => Assert.Equal("pair", Assert.Throws<ArgumentException>(() => PassChoice.Of(default)).ParamName);
}
