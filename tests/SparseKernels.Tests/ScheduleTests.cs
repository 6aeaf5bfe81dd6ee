using Xunit;

namespace SparseKernels.Tests;

public sealed class ScheduleTests
{
    [Theory]
    [InlineData("automatic", ScheduleMode.Automatic)]
    [InlineData("Reproducible", ScheduleMode.Reproducible)]
    [InlineData("DENSE", ScheduleMode.Dense)]
    [InlineData("input-weight", ScheduleMode.Forced)]
    public void Parse_Known_GivesIt(string text, ScheduleMode mode)
    {
        var schedule = Schedule.Parse(text);
        Assert.Equal(mode, schedule.Mode);
        Assert.Equal(text.ToLowerInvariant(), schedule.ToString());
        Assert.Equal(schedule, Schedule.FromEnvironment(text));
    }

    [Fact]
    public void Parse_EveryPair_RoundTrips()
    {
        Assert.Equal(6, OperandPair.All.Count);
        foreach (var pair in OperandPair.All) Assert.Equal(pair, Schedule.Parse(Schedule.Forced(pair).ToString()).Pair);
    }

    [Theory]
    [InlineData("fast")]
    [InlineData("input-input")]
    [InlineData("")]
    public void Parse_Unknown_SaysWhatIsKnown(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => Schedule.Parse(text));
        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("automatic, reproducible, dense, input-weight", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromEnvironment_Unset_IsAutomatic() => Assert.Equal(Schedule.Automatic, Schedule.FromEnvironment(null));

    [Fact]
    public void FromEnvironment_Unknown_NamesTheVariable() =>
        Assert.StartsWith("SPARSEKERNELS_SCHEDULE: 'fast'", Assert.Throws<ArgumentException>(() => Schedule.FromEnvironment("fast")).Message, StringComparison.Ordinal);

    [Fact]
    public void Forced_DefaultPair_IsRefused() => Assert.Equal("pair", Assert.Throws<ArgumentException>(() => Schedule.Forced(default)).ParamName);
}
