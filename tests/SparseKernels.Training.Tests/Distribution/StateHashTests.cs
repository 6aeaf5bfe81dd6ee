using SparseKernels.Diagnostics;
using SparseKernels.Pruning;
using SparseKernels.Training.Communication;
using SparseKernels.Training.Distribution;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Distribution;

/// <summary>All that training goes on from is compared, to the last bit of the last element.</summary>
public static class StateHashTests
{
    private const int Ranks = 3, Other = 2;

    [Theory]
    [InlineData("nothing", null)]
    [InlineData("weight", "conv2.weight")]
    [InlineData("sign of zero", "conv2.bias")]
    [InlineData("mask", "the mask of conv2.weight")]
    [InlineData("momentum", "the optimiser's state of conv2.weight")]
    [InlineData("statistics", "bn3.running_var")]
    [InlineData("choice", "the choice of kernels of conv2")]
    [InlineData("strategy", "the pruning strategy's state")]
    public static void Compare_OnePartThatDiffersOnOneRank_AllNameIt(string part, string? what)
    {
        var failures = ThreadRanks.Run(
            Ranks,
            communicator =>
            {
                using var network = SmallNetwork.Create(batch: 2);
                SmallNetwork.Mask(network, density: 0.5);
                _ = new Sgd(network.Parameters);
                foreach (var layer in network.Plans) layer.Plan.Choices = PlanChoices.Dense;
                network.Parameters.Single(parameter => parameter.Name == "conv2.bias").Value[^1] = 0;
                var numbers = new Numbers();
                if (communicator.Rank == Other) Change(part, network, numbers);
                StateHash.Compare(communicator, network, new PruningUnit(numbers));
            },
            out _);
        foreach (var failure in failures)
        {
            if (what is null)
            {
                Assert.Null(failure);
                continue;
            }

            var differs = Assert.IsType<RankFailedException>(failure);
            Assert.Equal(Other, differs.Rank);
            Assert.StartsWith($"{what} differs between rank 0 and rank {Other} at step 0", differs.Message, StringComparison.Ordinal);
        }
    }

    private static void Change(string part, Network network, Numbers numbers)
    {
        var weight = network.Parameters.Single(parameter => parameter.Name == "conv2.weight");
        switch (part)
        {
            case "weight":
                weight.Value[^1] = float.BitIncrement(weight.Value[^1]);
                break;
            case "sign of zero":
                // 33 elements: the last has no neighbour to make up a word of 64 bits with.
                network.Parameters.Single(parameter => parameter.Name == "conv2.bias").Value[^1] = -0f;
                break;
            case "mask":
                weight.Mask!.Words[^1] ^= 1;
                weight.Mask.Touch();
                break;
            case "momentum":
                weight.OptimiserState.Last().Values[^1] = 1;
                break;
            case "statistics":
                network.State.Single(tensor => tensor.Name == "bn3.running_var").Values[^1] = 2;
                break;
            case "choice":
                var plan = network.Plans.Single(layer => layer.Name == "conv2").Plan;
                plan.Choices = plan.Choices with { BackwardWeights = PassChoice.Of(OperandPair.All[0]) };
                break;
            case "strategy":
                numbers.State = new Dictionary<string, double> { ["a"] = 1, ["b"] = Math.BitIncrement(2) };
                break;
        }
    }

    /// <summary>A strategy that remembers two numbers.</summary>
    private sealed class Numbers : IPruningStrategy
    {
        public string Name => "numbers";

        public IReadOnlyDictionary<string, double> State { get; set; } = new Dictionary<string, double> { ["b"] = 2, ["a"] = 1 };
    }
}
