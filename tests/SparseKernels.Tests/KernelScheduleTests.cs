using Xunit;

namespace SparseKernels.Tests;

public sealed class KernelScheduleTests
{
    [Theory]
    [InlineData("automatic", KernelScheduleMode.Automatic)]
    [InlineData("Reproducible", KernelScheduleMode.Reproducible)]
    [InlineData("DENSE", KernelScheduleMode.Dense)]
    [InlineData("input-weight", KernelScheduleMode.Forced)]
    public void Parse_Known_GivesIt(string text, KernelScheduleMode mode)
    {
        var schedule = KernelSchedule.Parse(text);
        Assert.Equal(mode, schedule.Mode);
        Assert.Equal(text.ToLowerInvariant(), schedule.ToString());
        Assert.Equal(schedule, KernelSchedule.FromEnvironment(text));
    }

    [Fact]
    public void Parse_EveryPair_RoundTrips()
    {
        Assert.Equal(6, OperandPair.All.Count);
        foreach (var pair in OperandPair.All) Assert.Equal(pair, KernelSchedule.Parse(KernelSchedule.Forced(pair).ToString()).Pair);
    }

    [Theory]
    [InlineData("fast")]
    [InlineData("input-input")]
    [InlineData("")]
    public void Parse_Unknown_SaysWhatIsKnown(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => KernelSchedule.Parse(text));
        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("automatic, reproducible, dense, input-weight", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromEnvironment_Unset_IsAutomatic() => Assert.Equal(KernelSchedule.Automatic, KernelSchedule.FromEnvironment(null));

    [Fact]
    public void FromEnvironment_Unknown_NamesTheVariableAndNoParameter()
    {
        var message = Assert.Throws<ArgumentException>(() => KernelSchedule.FromEnvironment("fast")).Message;
        Assert.StartsWith("SPARSEKERNELS_SCHEDULE: 'fast'", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forced_DefaultPair_IsRefused() =>
        Assert.Equal("pair", Assert.Throws<ArgumentException>(() => KernelSchedule.Forced(default)).ParamName);
}
