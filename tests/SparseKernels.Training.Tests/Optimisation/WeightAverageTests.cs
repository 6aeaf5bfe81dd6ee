using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Optimisation;

public class WeightAverageTests
{
    [Fact]
    public void Update_AfterEachStep_IsTheAverageOfTheFormula()
    {
        using var network = SmallNetwork.Create(4, KernelSchedule.Reproducible);
        SmallNetwork.Mask(network, 0.5);
        var average = new WeightAverage(network.Parameters, 0.75f, threads: 2);
        var sgd = new Sgd(network.Parameters, threads: 2);
        var expected = network.Parameters.Select(parameter => new double[parameter.Value.Length]).ToArray();
        for (var step = 0; step < 4; step++)
        {
            network.Step(Samples.Gaussian(4 * SmallNetwork.Input.Length, (ulong)step), Samples.Labels(4, SmallNetwork.Classes), sgd, 0.05f);
            average.Update();
            foreach (var (parameter, sum) in network.Parameters.Zip(expected))
            {
                for (var i = 0; i < sum.Length; i++) sum[i] = step == 0 ? parameter.Value[i] : (0.75 * sum[i]) + (0.25 * parameter.Value[i]);
            }
        }

        foreach (var (parameter, sum) in network.Parameters.Zip(expected))
        {
            for (var i = 0; i < sum.Length; i++) Assert.Equal(sum[i], parameter.Average![i], 1e-5);
            Assert.All(Enumerable.Range(0, sum.Length).Where(i => parameter.Mask is { } mask && !mask[i]), i => Assert.Equal(0f, parameter.Average![i]));
        }
    }

    [Fact]
    public void Swap_Twice_EvaluatesTheAverageAndBringsTheWeightsBack()
    {
        using var network = SmallNetwork.Create(4, KernelSchedule.Reproducible);
        var average = new WeightAverage(network.Parameters, 0.9f, threads: 2);
        var (images, labels) = (Samples.Gaussian(4 * SmallNetwork.Input.Length), Samples.Labels(4, SmallNetwork.Classes));
        var first = network.Evaluate(images, labels).Loss;
        var start = network.Parameters.Select(parameter => parameter.Value.ToArray()).ToArray();
        foreach (var parameter in network.Parameters)
        {
            foreach (ref var value in parameter.Value.AsSpan()) value += 0.1f;
            parameter.Touch();
        }

        var second = network.Evaluate(images, labels).Loss;
        Assert.NotEqual(first, second);
        average.Swap();
        Assert.True(average.IsSwapped);
        Assert.Equal(start, network.Parameters.Select(parameter => parameter.Value));
        Assert.Equal(first, network.Evaluate(images, labels).Loss);
        Assert.Throws<InvalidOperationException>(average.Update);
        average.Swap();
        Assert.Equal(second, network.Evaluate(images, labels).Loss);
        Assert.Throws<ArgumentOutOfRangeException>("decay", () => new WeightAverage(network.Parameters, 1));
        Assert.Throws<ArgumentNullException>("parameters", () => new WeightAverage(null!, 0));
        Assert.Throws<ArgumentOutOfRangeException>("threads", () => new WeightAverage(network.Parameters, 0, threads: 0));
    }
}
