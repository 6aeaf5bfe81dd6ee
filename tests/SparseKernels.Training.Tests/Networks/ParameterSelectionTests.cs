using SparseKernels.Training.Layers;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Networks;

public class ParameterSelectionTests
{
    private const int Batch = 4;

    [Fact]
    public void Freeze_Prefix_LearnsNothingKeepsStatisticsAndRunsNothingBackwardThere()
    {
        using var network = SmallNetwork.Create(Batch, KernelSchedule.Reproducible);
        Assert.Equal(2, network.Freeze("conv1"));
        Assert.Equal(9, network.Freeze("block"));
        var before = Copy(network);
        network.ResetTimings();
        Train(network, 3);
        foreach (var (tensor, old) in network.State.Zip(before))
        {
            var isFrozen = tensor.Name.StartsWith("conv1.", StringComparison.Ordinal) || tensor.Name.StartsWith("block.", StringComparison.Ordinal);
            if (isFrozen) Assert.Equal(old, tensor.Values);
            else Assert.NotEqual(old, tensor.Values);
        }

        Assert.All(network.Parameters.Where(parameter => parameter.IsFrozen), parameter => Assert.Equal(-1, parameter.Gradient.AsSpan().IndexOfAnyExcept(0f)));
        foreach (var timing in network.Timings.Where(timing => timing.Name is "conv1" or "pool1" || timing.Name.StartsWith("block", StringComparison.Ordinal)))
            Assert.Equal((0L, 0L), (timing.Calls(LayerPass.BackwardData), timing.Calls(LayerPass.BackwardWeights)));
    }

    [Fact]
    public void Freeze_Prefix_LeavesTheGradientsOfTheRestAsTheyAre()
    {
        using var whole = SmallNetwork.Create(Batch, KernelSchedule.Dense);
        using var partly = SmallNetwork.Create(Batch, KernelSchedule.Dense);
        partly.Freeze("conv1");
        var (images, labels) = (Samples.Gaussian(Batch * SmallNetwork.Input.Length), Samples.Labels(Batch, SmallNetwork.Classes));
        whole.ComputeGradients(images, labels);
        partly.ComputeGradients(images, labels);
        foreach (var (expected, got) in whole.Parameters.Zip(partly.Parameters).Skip(2)) Assert.Equal(expected.Gradient, got.Gradient);
        Assert.NotEqual(-1, whole.Parameters[0].Gradient.AsSpan().IndexOfAnyExcept(0f));
        Assert.Equal(-1, partly.Parameters[0].Gradient.AsSpan().IndexOfAnyExcept(0f));
    }

    [Fact]
    public void Freeze_InTheMiddle_GradientsBelowAreThoseOfRunningStatistics()
    {
        using var network = SmallNetwork.Create(Batch, KernelSchedule.Dense);
        network.Freeze("block");
        network.Freeze("bn3");
        var images = Samples.Gaussian(Batch * SmallNetwork.Input.Length);
        var labels = Samples.Labels(Batch, SmallNetwork.Classes);
        network.ComputeGradients(images, labels);
        var random = new RandomSource(5);
        var weight = network.Parameters.Single(parameter => parameter.Name == "conv1.bias");
        GradientCheck.Compare(
            weight.Name, weight.Value, [.. weight.Gradient], () => network.ComputeGradients(images, labels).Loss, weight.Touch, 1e-3f, 0.02, ref random);
    }

    [Fact]
    public void Freeze_Everything_ComputesNoGradientAndStillTellsTheLoss()
    {
        using var network = SmallNetwork.Create(Batch, KernelSchedule.Reproducible);
        Assert.Equal(network.Parameters.Count, network.Freeze(_ => true));
        var before = Copy(network);
        Train(network, 3);
        foreach (var (tensor, old) in network.State.Zip(before)) Assert.Equal(old, tensor.Values);
        Assert.Equal(network.Parameters.Count, network.Unfreeze(_ => true));
        Train(network, 1);
        Assert.NotEqual(before[0], network.State[0].Values);
    }

    [Fact]
    public void Freeze_WeightOrBiasAlone_LeavesTheOtherLearning()
    {
        using var network = SmallNetwork.Create(Batch, KernelSchedule.Reproducible);
        network.Freeze("conv1.weight");
        network.Freeze("conv2.bias");
        network.Freeze("bn3.weight");
        var before = network.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value.ToArray());
        Train(network, 2);
        foreach (var parameter in network.Parameters)
        {
            if (parameter.IsFrozen) Assert.Equal(before[parameter.Name], parameter.Value);
            else Assert.NotEqual(before[parameter.Name], parameter.Value);
            if (parameter.IsFrozen) Assert.Equal(-1, parameter.Gradient.AsSpan().IndexOfAnyExcept(0f));
        }
    }

    /// <summary>A network with an example of each: what normalises keeps parameters, statistics and momenta through training steps.</summary>
    [Fact]
    public void FreezeNormalisation_Steps_MoveAllElseAlone()
    {
        using var network = SmallNetwork.Create(Batch);
        var frozen = network.FreezeNormalisation();
        string[] names = [.. network.Parameters.Where(parameter => parameter.IsFrozen).Select(parameter => parameter.Name)];
        Assert.Equal(frozen, names.Length);
        Assert.Equal(names.Order(), network.Parameters.Select(parameter => parameter.Name).Where(name => name.Contains("bn", StringComparison.Ordinal) || name.Contains("downsample.1", StringComparison.Ordinal)).Order());
        var before = network.State.ToDictionary(tensor => tensor.Name, tensor => (float[])tensor.Values.Clone());
        var sgd = new Sgd(network.Parameters, weightDecay: 0.1f);
        for (var step = 0; step < 2; step++) network.Step(Samples.Gaussian(Batch * SmallNetwork.Input.Length, 5), Samples.Labels(Batch, SmallNetwork.Classes), sgd, 0.1f);
        foreach (var tensor in network.State)
        {
            var still = names.Contains(tensor.Name) || tensor.Name.Contains("running", StringComparison.Ordinal) || tensor.Name.Contains("num_batches", StringComparison.Ordinal);
            Assert.True(still == tensor.Values.AsSpan().SequenceEqual(before[tensor.Name]), tensor.Name);
        }
    }

    [Fact]
    public void Paths_AreWholeNamesBetweenDots()
    {
        using var network = SmallNetwork.Create(Batch);
        Assert.Equal(1, network.Freeze("block.conv1"));
        Assert.Contains("path", Assert.Throws<ArgumentException>("path", () => network.Freeze("conv")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("path", () => network.SetRateFactor("nothing", 1));
        Assert.Throws<ArgumentOutOfRangeException>("factor", () => network.SetRateFactor("conv1", -1));
        Assert.Throws<ArgumentNullException>("network", () => ParameterSelection.Freeze(null!, "conv1"));
        Assert.Throws<ArgumentNullException>("chosen", () => network.Unfreeze((Func<Parameter, bool>)null!));
        Assert.Equal(2, network.SetRateFactor("conv1", 0.5f));
        Assert.Equal(["conv1.weight", "conv1.bias"], network.Parameters.Where(parameter => parameter.RateFactor == 0.5f).Select(parameter => parameter.Name));
        Assert.Equal(network.Parameters.Count(parameter => parameter.Shape.Length == 1), network.DecayWeightsAlone());
        Assert.All(network.Parameters, parameter => Assert.Equal(parameter.Shape.Length > 1, parameter.Decays));
        network.Unfreeze("block");
        Assert.DoesNotContain(network.Parameters, parameter => parameter.IsFrozen);
    }

    private static float[][] Copy(Network network) => [.. network.State.Select(tensor => tensor.Values.ToArray())];

    private static void Train(Network network, int steps)
    {
        var optimiser = new Sgd(network.Parameters, weightDecay: 0.01f, threads: 2);
        for (var step = 0; step < steps; step++)
            network.Step(
                Samples.Gaussian(Batch * SmallNetwork.Input.Length, (ulong)network.StepsTaken), Samples.Labels(Batch, SmallNetwork.Classes), optimiser, 0.05f);
    }
}
