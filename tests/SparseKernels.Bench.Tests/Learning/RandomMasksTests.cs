using SparseKernels.Bench.Learning;
using SparseKernels.Training.Models;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Bench.Tests.Learning;

public sealed class RandomMasksTests
{
    [Theory]
    [InlineData("vgg-small", 5)]
    [InlineData("resnet20", 20)]
    [InlineData("lenet", 3)]
    public void Apply_Network_MasksTheShareInAllLayersButTheFirstAndTheLast(string model, int masked)
    {
        using var network = ModelCatalogue.Create(model, OwnTrainer.InputOf(model), OwnTrainer.Classes, batch: 1);

        RandomMasks.Apply(network, 0.9);

        var weights = network.Parameters.Where(parameter => parameter.Shape.Length > 1).ToArray();
        Assert.Equal(masked, weights.Count(parameter => parameter.Mask is not null));
        Assert.Null(weights[0].Mask);
        Assert.Null(weights[^1].Mask);
        foreach (var parameter in weights[1..^1])
        {
            var zeros = parameter.Value.Count(value => value == 0) / (double)parameter.Value.Length;
            Assert.Equal(0.9, zeros, 4 * Math.Sqrt(0.09 / parameter.Value.Length));
        }

        Assert.All(network.Parameters.Where(parameter => parameter.Shape.Length == 1), parameter => Assert.Null(parameter.Mask));
    }

    [Fact]
    public void Apply_TwiceWithOneSeed_GivesTheSameMasks()
    {
        using var one = ModelCatalogue.Create("lenet", new FeatureShape(1, 28, 28), 10, batch: 1, seed: 1);
        using var other = ModelCatalogue.Create("lenet", new FeatureShape(1, 28, 28), 10, batch: 1, seed: 1);
        RandomMasks.Apply(one, 0.5);
        RandomMasks.Apply(other, 0.5);

        foreach (var (a, b) in one.Parameters.Zip(other.Parameters)) Assert.Equal(a.Value, b.Value);

        RandomMasks.Apply(other, 0.5, seed: 2);
        Assert.NotEqual(one.Parameters[2].Value, other.Parameters[2].Value);
    }
}
