using SparseKernels.Diagnostics;
using SparseKernels.Training.Distribution;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Distribution;

/// <summary>What rides along with the gradients: after a step all ranks go on from the same.</summary>
public static class StepNumbersTests
{
    [Fact]
    public static void Take_RanksThatDiffer_MeansOfStatisticsAndTheFirstOnesChoices()
    {
        const int Ranks = 3;
        var pairs = OperandPair.All;
        ThreadRanks.Run(Ranks, communicator =>
        {
            using var network = SmallNetwork.Create(batch: 2);
            for (var i = 0; i < network.Plans.Count; i++)
            {
                // None, dense and every pair; the other ranks have chosen otherwise.
                var choice = communicator.Rank > 0 ? PassChoice.Dense : PassChoice.Of(pairs[i % pairs.Count]);
                network.Plans[i].Plan.Choices = new PlanChoices(choice, i == 0 && communicator.Rank == 0 ? PassChoice.None : choice, PassChoice.Dense);
            }

            var mean = network.State.Single(tensor => tensor.Name == "bn3.running_mean").Values;
            mean[16] = communicator.Rank;
            var numbers = new StepNumbers(network, communicator) { Wishes = (Stop: communicator.Rank == 2, Save: communicator.Rank == 1) };
            numbers.Begin();
            numbers.Fill(share: 0.25, images: 0.5);
            communicator.Sum(numbers.Numbers);
            numbers.Take();

            // Whoever wants to stop stops all; a checkpoint is the first rank's to ask for.
            Assert.Equal((true, false), numbers.Agreed);
            Assert.Equal(0.5f * (0 + 1 + 2), mean[16]);
            Assert.True(network.AgreedLook!.Seconds > 0);
            for (var i = 0; i < network.Plans.Count; i++)
            {
                var expected = PassChoice.Of(pairs[i % pairs.Count]);
                Assert.Equal(new PlanChoices(expected, i == 0 ? PassChoice.None : expected, PassChoice.Dense), network.Plans[i].Plan.Choices);
            }

            numbers.Wishes = (Stop: false, Save: communicator.Rank == 0);
            numbers.Fill(share: 0.25, images: 0.5);
            communicator.Sum(numbers.Numbers);
            numbers.Take();
            Assert.Equal((false, true), numbers.Agreed);
        });
    }
}
