using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Scheduling;
using Xunit;

namespace SparseKernels.Bench.Tests.Scheduling;

public sealed class RegretTests
{
    // Candidates 0 to 2, then a call that chooses: the same candidate as 1, but disturbed.
    private static readonly TimedRounds s_rounds = new([[4, 2, 3, 2.5], [8, 4, 6, 9], [4, 2.2, 3, 2.2]]);

    [Fact]
    public void Of_BestCandidate_IsExactlyOneWhateverTheCallsOwnTimes() =>
        Assert.Equal(new Regret(1, 1), Regret.Of(s_rounds, candidates: 3, choice: 1));

    [Theory]
    [InlineData(0, 2)]
    [InlineData(2, 1.5)]
    public void Of_AnotherCandidate_IsTheMedianOfTheRoundsQuotients(int choice, double expected)
    {
        var regret = Regret.Of(s_rounds, candidates: 3, choice);

        Assert.Equal(1, regret.Best);
        Assert.Equal(expected, regret.Value, 9);
    }

    [Fact]
    public void Of_ActionsThatAreNoCandidates_AreLeftOut() => Assert.Equal(new Regret(0, 1), Regret.Of(s_rounds, candidates: 1, choice: 0));
}
