using SparseKernels.Training.Communication;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Communication;

public static class AgreementTests
{
    [Theory]
    [InlineData("a=1;b=x=y;c=", "a=1;b=x=y;c=", null)]
    [InlineData("a=1;b=2", "b=2;a=1", null)]
    [InlineData("a=1;b=x=y", "a=1;b=x=z", "it has b x=z, rank 0 has x=y")]
    [InlineData("a=1;b=2", "a=1", "it has b none, rank 0 has 2")]
    [InlineData("a=1", "a=1;b=2", "it has b 2, rank 0 has none")]
    [InlineData("a=1;c=3;b=2", "a=1;c=4;b=5", "it has b 5, rank 0 has 2")]
    public static void AgreeOn_SettingsOfTheLastRank_AllThrowTheFirstThatDiffers(string ofFirst, string ofLast, string? difference)
    {
        var failures = ThreadRanks.Run(
            3, communicator => communicator.AgreeOn(Settings(communicator.Rank == 2 ? ofLast : ofFirst)), out _);
        foreach (var failure in failures)
        {
            if (difference is null) Assert.Null(failure);
            else Assert.Equal($"rank 2 of 3: {difference}; all ranks must be given the same.", Assert.IsType<RankFailedException>(failure).Message);
        }
    }

    [Fact]
    public static void Agree_TwoThatCannot_AllThrowTheFirstOnesMessage()
    {
        var failures = ThreadRanks.Run(
            4, communicator => communicator.Agree(communicator.Rank is 1 or 3 ? new IOException($"no disk on {communicator.Rank}.") : null), out _);
        for (var rank = 0; rank < failures.Length; rank++)
        {
            var failure = Assert.IsType<RankFailedException>(failures[rank]);
            Assert.Equal((1, "rank 1 of 4: no disk on 1."), (failure.Rank, failure.Message));
            Assert.Equal(rank == 1, failure.InnerException is IOException);
        }
    }

    [Fact]
    public static void Share_TextOfAnyRank_AllHaveIt() => ThreadRanks.Run(3, communicator =>
    {
        Assert.Equal("größer", communicator.Share(communicator.Rank == 2 ? "größer" : "own", root: 2));
        Assert.Equal("", communicator.Share(communicator.Rank == 0 ? "" : "own"));
    });

    private static Dictionary<string, string> Settings(string text) => text.Split(';').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
}
