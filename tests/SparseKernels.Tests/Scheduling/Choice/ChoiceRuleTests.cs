using SparseKernels.Scheduling.Choice;
using Xunit;

namespace SparseKernels.Tests.Scheduling.Choice;

public sealed class ChoiceRuleTests
{
    private const int Seen = ChoiceRule.EnoughTries;

    [Fact]
    public void Choose_NoLastChoice_TakesTheLeast() =>
        Assert.Equal(2, ChoiceRule.Choose([Of(3), Of(double.PositiveInfinity), Of(1), Of(2)], last: -1, tries: false));

    [Theory]
    [InlineData(0.98, 0)]
    [InlineData(0.96, 1)]
    public void Choose_AnotherIsNearlyAsGood_StaysWithTheLast(double other, int expected) =>
        Assert.Equal(expected, ChoiceRule.Choose([Of(1), Of(other)], last: 0, tries: false));

    [Fact]
    public void Choose_Correction_CountsLikeTheTimeItself() =>
        Assert.Equal(1, ChoiceRule.Choose([new Estimate(1, 2, Seen), new Estimate(1.5, 1, Seen)], last: 0, tries: false));

    [Theory]
    [InlineData(1.15, 0, 1)] // 0.98 if the prediction is as wrong as it may be: worth a look
    [InlineData(1.2, 0, 0)] // could not win even then
    [InlineData(1.15, Seen, 0)] // seen often enough to be believed
    [InlineData(1.15, Seen - 1, 1)]
    public void Choose_MayTry_TriesWhatCouldWin(double predicted, int seen, int expected) =>
        Assert.Equal(expected, ChoiceRule.Choose([Of(1), new Estimate(predicted, 1, seen)], last: 0, tries: true));

    [Fact]
    public void Choose_SeveralToTry_TakesTheMostPromising() =>
        Assert.Equal(2, ChoiceRule.Choose([Of(1), new Estimate(1.15, 1, 0), new Estimate(1.1, 1, 0)], last: 0, tries: true));

    [Fact]
    public void Choose_MayNotTry_IgnoresDoubt() =>
        Assert.Equal(0, ChoiceRule.Choose([Of(1), new Estimate(1.1, 1, 0)], last: -1, tries: false));

    [Theory]
    [InlineData(1.1, ChoiceRule.OldAge - 1, 1)] // seen lately
    [InlineData(1.1, ChoiceRule.OldAge, 0)]
    [InlineData(2, 99, 1)] // a check at twice the time would cost more than its share
    [InlineData(2, 101, 0)]
    public void Choose_TimesSpeakAgainstTheFastestPrediction_ChecksThemNowAndThen(double correction, long age, int expected) =>
        Assert.Equal(
            expected, ChoiceRule.Choose([new Estimate(1, 2 * correction, Seen, age), new Estimate(2, 1, Seen, 1)], last: 1, tries: true));

    [Fact]
    public void Choose_MayNotTry_ChecksNothing() =>
        Assert.Equal(1, ChoiceRule.Choose([new Estimate(1, 2.2, Seen, 1000), new Estimate(2, 1, Seen, 1)], last: 1, tries: false));

    [Theory]
    [InlineData(0.95, 0)]
    [InlineData(0.85, 1)]
    public void Choose_Caution_WantsMore(double seconds, int expected) =>
        Assert.Equal(expected, ChoiceRule.Choose([Of(1), Of(seconds) with { Caution = 1.1 }], last: -1, tries: true));

    [Fact]
    public void Choose_Caution_LeavesRoomForTries() =>
        Assert.Equal(1, ChoiceRule.Choose([Of(1), new Estimate(1.15, 1, 0, 0, 1.1)], last: 0, tries: true));

    private static Estimate Of(double seconds) => new(seconds, 1, Seen);
}
