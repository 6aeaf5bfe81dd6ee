using SparseKernels.Scheduling.Choice;
using Xunit;

namespace SparseKernels.Tests.Scheduling.Choice;

public sealed class SeenTimesTests
{
    [Fact]
    public void Correction_NothingSeen_IsOne() => Assert.Equal(1, default(SeenTimes).Correction);

    [Fact]
    public void Correction_SlowCallsAndOneFastOne_DoNotCount() => Assert.Equal(1.2, Of(3, 1.2, 9, 1.3, 0.5).Correction, 12);

    [Theory]
    [InlineData(100, SeenTimes.Bound)]
    [InlineData(0.001, 1 / SeenTimes.Bound)]
    public void Correction_FarOff_IsBounded(double ratio, double expected) =>
        Assert.Equal(expected, Of(ratio, ratio, ratio).Correction, 12);

    [Fact]
    public void Correction_OldCalls_AreForgotten() => Assert.Equal(2, Of(1, 1, 1, 1, 1, 2, 2, 2, 2).Correction, 12);

    [Theory]
    [InlineData(1, 2, ChoiceRule.OldAge - 1, 2)] // the second fastest of all
    [InlineData(1, 3, ChoiceRule.OldAge, 2)] // the faster of the last before and the new one
    public void Correction_NotSeenForLong_CountsTheLastTimeAlone(double first, double expectedLast, int age, double expected)
    {
        var seen = Of(first, expected, expected, expected, expectedLast);
        seen.Add(1, expected, age);
        Assert.Equal(expected, seen.Correction, 12);
        Assert.Equal(age < ChoiceRule.OldAge ? 5 : 2, seen.Count);
    }

    [Fact]
    public void TriesAt_PredictionMoved_LeavesRoomForAnother()
    {
        var seen = Of(1, 1, 1);
        Assert.Equal(ChoiceRule.EnoughTries, seen.TriesAt(1));
        Assert.Equal(ChoiceRule.EnoughTries, seen.TriesAt(1.99));
        Assert.Equal(ChoiceRule.EnoughTries - 1, seen.TriesAt(2.01));
        Assert.Equal(ChoiceRule.EnoughTries - 1, seen.TriesAt(0.49));
        Assert.Equal(0, default(SeenTimes).TriesAt(1));
    }

    private static SeenTimes Of(params ReadOnlySpan<double> seconds)
    {
        var seen = default(SeenTimes);
        foreach (var time in seconds) seen.Add(1, time, age: 1);
        return seen;
    }
}
