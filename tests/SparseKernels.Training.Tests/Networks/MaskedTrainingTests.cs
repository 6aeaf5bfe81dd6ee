using SparseKernels.Sparsity;
using SparseKernels.TestSupport;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Files;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Networks;

public class MaskedTrainingTests
{
    private const int Batch = 6;

    public static TheoryData<string> Schedules { get; } = [.. OperandPair.All.Select(pair => KernelSchedule.Forced(pair).ToString()), "reproducible", "automatic", "dense"];

    [Theory]
    [InlineData(0f, 0f, false)]
    [InlineData(0.9f, 5e-4f, false)]
    [InlineData(0.9f, 5e-4f, true)]
    public void Step_MaskedWeights_StayExactlyZeroAndTheRestLearns(float momentum, float decay, bool nesterov)
    {
        using var network = SmallNetwork.Create(Batch);
        var sgd = new Sgd(network.Parameters, momentum, decay, nesterov, threads: 2);

        // Momentum that dense steps left must not bring masked weights back.
        Train(network, sgd, steps: 2);
        SmallNetwork.Mask(network, density: 0.2);
        var before = network.Parameters.Select(parameter => (float[])parameter.Value.Clone()).ToArray();
        Train(network, sgd, steps: 3);

        foreach (var (parameter, old) in network.Parameters.Zip(before).Where(pair => pair.First.Mask is not null))
        {
            var changed = 0;
            for (var i = 0; i < old.Length; i++)
            {
                if (parameter.Mask![i]) changed += parameter.Value[i] != old[i] ? 1 : 0;
                else Assert.Equal((0f, 0f, 0f), (parameter.Value[i], parameter.Momentum[i], parameter.Gradient[i]));
            }

            Assert.True(changed > parameter.Mask!.Count / 2, $"{parameter.Name}: {changed} of {parameter.Mask.Count} weights changed");
        }
    }

    [Fact]
    public void Step_GradientWrittenFromOutside_DoesNotReviveMaskedWeights()
    {
        var parameter = new Parameter("w", [2, 24], Initialisation.Constant(1));
        var random = new RandomSource(1);
        parameter.Initialise(ref random);
        parameter.Mask = SmallNetwork.MaskOf(parameter, [.. Enumerable.Range(0, 48).Select(i => i % 3 == 0)]);
        Array.Fill(parameter.Gradient, 1f);
        new Sgd([parameter], threads: 1).Step(0.1f);
        Assert.All(
            Enumerable.Range(0, 48), i => Assert.Equal(i % 3 == 0 ? (0.9f, 1f) : (0f, 0f), (parameter.Value[i], parameter.Momentum[i])));
    }

    [Theory]
    [MemberData(nameof(Schedules))]
    public void ComputeGradients_MaskedNetwork_EqualsTheDenseOneTimesTheMask(string schedule)
    {
        using var masked = SmallNetwork.Create(Batch, KernelSchedule.Parse(schedule));
        using var dense = SmallNetwork.Create(Batch, KernelSchedule.Dense);
        SmallNetwork.Mask(masked, density: 0.3);
        foreach (var (from, to) in masked.State.Zip(dense.State)) from.Values.CopyTo(to.Values, 0);
        dense.Touch();

        // Twice: the second time densities of the first are known.
        var (images, labels) = (Samples.Gaussian(Batch * SmallNetwork.Input.Length), Samples.Labels(Batch, SmallNetwork.Classes));
        for (var round = 0; round < 2; round++)
        {
            var (a, b) = (masked.ComputeGradients(images, labels), dense.ComputeGradients(images, labels));
            Assert.Equal(b.Loss, a.Loss, 1e-4);
            foreach (var (got, expected) in masked.Parameters.Zip(dense.Parameters))
            {
                var wanted = (float[])expected.Gradient.Clone();
                for (var i = 0; got.Mask is not null && i < wanted.Length; i++) wanted[i] = got.Mask[i] ? wanted[i] : 0;
                Assert.InRange(SmallNetwork.Distance(wanted, got.Gradient), 0, 1e-3);
            }
        }
    }

    [Theory]
    [InlineData("weight-input")]
    [InlineData("input-weight")]
    public void Step_WeightsUnderAMask_AreThoseThatTheKernelsRead(string schedule)
    {
        // After some steps, one with weights that were zero by chance when lists were made, a network built anew must agree.
        using var network = SmallNetwork.Create(Batch, KernelSchedule.Parse(schedule));
        var sgd = new Sgd(network.Parameters, threads: 2);
        SmallNetwork.Mask(network, density: 0.3);
        Train(network, sgd, steps: 2);
        var weight = network.Parameters.Single(parameter => parameter.Name == "conv3.weight");
        const int Channel = 5;
        var live = Enumerable.Range(0, weight.Shape[0]).Select(k => (k * weight.Shape[1]) + Channel).Where(i => weight.Mask![i]).ToArray();
        foreach (var i in live) weight.Value[i] = 0;
        weight.Mask = weight.Mask;
        Train(network, sgd, steps: 2);
        Assert.Contains(live, i => weight.Value[i] != 0);
        foreach (var i in live) weight.Value[i] = 3;
        weight.Touch();

        using var fresh = SmallNetwork.Create(Batch, KernelSchedule.Dense);
        foreach (var (from, to) in network.State.Zip(fresh.State)) from.Values.CopyTo(to.Values, 0);
        fresh.Touch();
        var images = Samples.Gaussian(Batch * SmallNetwork.Input.Length);
        var (expected, got) = (new float[Batch * SmallNetwork.Classes], new float[Batch * SmallNetwork.Classes]);
        fresh.Predict(images, expected);
        network.Predict(images, got);
        Assert.InRange(SmallNetwork.Distance(expected, got), 0, 1e-4);
    }

    [Fact]
    public void Mask_Set_ClearsAndHoldsThroughEveryWrite()
    {
        var parameter = new Parameter("w", [2, 3, 1, 1], Initialisation.Constant(2));
        var random = new RandomSource(1);
        parameter.Initialise(ref random);
        Array.Fill(parameter.Gradient, 1f);
        Array.Fill(parameter.Momentum, 1f);
        var version = parameter.Version;

        parameter.Mask = SmallNetwork.MaskOf(parameter, [true, false, true, false, true, false]);

        Assert.Equal([2, 0, 2, 0, 2, 0], parameter.Value);
        Assert.Equal([1, 0, 1, 0, 1, 0], parameter.Gradient);
        Assert.Equal([1, 0, 1, 0, 1, 0], parameter.Momentum);
        Assert.NotEqual(version, parameter.Version);
        Array.Fill(parameter.Value, 5f);
        parameter.Touch();
        Assert.Equal([5, 0, 5, 0, 5, 0], parameter.Value);
        parameter.Initialise(ref random);
        Assert.Equal([2, 0, 2, 0, 2, 0], parameter.Value);
        parameter.Mask = null;
        Array.Fill(parameter.Value, 5f);
        parameter.Touch();
        Assert.Equal([5, 5, 5, 5, 5, 5], parameter.Value);
    }

    [Fact]
    public void Mask_OfOtherSizes_ThrowsNamingBothAndChangesNothing()
    {
        var parameter = new Parameter("conv.weight", [2, 3, 1, 1], Initialisation.Constant(2));
        var random = new RandomSource(1);
        parameter.Initialise(ref random);
        var other = WeightPattern.FromMask(new ConvolutionShape(1, 2, 1, 1, 3, 1, 1), new bool[6]);
        var message = Assert.Throws<ArgumentException>("Mask", () => parameter.Mask = other).Message;
        Assert.Contains("conv.weight must be of weights [2, 3, 1, 1], got one of [3, 2, 1, 1]", message, StringComparison.Ordinal);
        Assert.Equal([2, 2, 2, 2, 2, 2], parameter.Value);
        Assert.Throws<ArgumentException>("Mask", () => new Parameter("bias", [6], Initialisation.Constant(0)).Mask = other);
        Assert.Null(parameter.Mask);
    }

    [Fact]
    public void Checkpoint_Masks_ComeBackWithTheirGroups()
    {
        using var folder = new TemporaryFolder();
        using var network = SmallNetwork.Create(Batch);
        using var other = SmallNetwork.Create(Batch, seed: 2);
        SmallNetwork.Mask(network, density: 0.3);
        var weight = network.Parameters.Single(parameter => parameter.Name == "conv2.weight");
        weight.Mask = WeightPattern.FromMask(
            weight.Mask!.Shape, new bool[weight.Value.Length], new CoarseGroup(4, WholeFilter: true, InputChannels: 2));
        var sgd = new Sgd(network.Parameters);
        var masks = network.Parameters.Where(parameter => parameter.Mask is not null).Select(parameter => new NamedMask(parameter.Name, parameter.Mask!)).ToArray();
        new Checkpoint(new TrainingProgress(0, 0, 0, 0), network.State, sgd.State, new Dictionary<string, string>()) { Masks = masks }.Save(
            folder.File("a.safetensors"));

        SmallNetwork.Mask(other, density: 0.9);
        other.Parameters[0].Mask = SmallNetwork.MaskOf(other.Parameters[0], new bool[other.Parameters[0].Value.Length]);
        Checkpoint.Load(folder.File("a.safetensors")).RestoreMasks(other.Parameters);

        foreach (var (expected, got) in network.Parameters.Zip(other.Parameters))
        {
            Assert.Equal(expected.Mask is null, got.Mask is null);
            if (expected.Mask is null) continue;
            Assert.Equal(expected.Mask.Group, got.Mask!.Group);
            Assert.All(Enumerable.Range(0, expected.Value.Length), i => Assert.Equal(expected.Mask[i], got.Mask[i]));
        }
    }

    [Theory]
    [InlineData("2 1 1 1", "16 1 row", 3, 2, "bits past its 2 weights", (byte)7)]
    [InlineData("2 1 1 1", "16 1 row", 1, 1, "must have 2 values, as many as its mask has bits, got 1")]
    [InlineData("2 1 1", "16 1 row", 2, 1, "must read like '64 32 3 3' or '10 256', got '2 1 1'")]
    [InlineData("3 3 1 1", "16 1 row", 2, 1, "a bit for each of the weights [3, 3, 1, 1], got 1 bytes")]
    [InlineData("2 1 1 1", "16 0 row", 2, 1, "must read like '16 1 row', got '16 0 row'")]
    [InlineData("2 1 1 1", "many", 2, 1, "must read like '16 1 row', got 'many'")]
    public void Checkpoint_BadMask_ThrowsNamingIt(string sizes, string group, int values, int optimised, string expected, byte bits = 3)
    {
        using var folder = new TemporaryFolder();
        var metadata = new Dictionary<string, string>
        {
            ["format"] = "sparsekernels-training-state",
            ["version"] = "3",
            ["epoch"] = "0",
            ["batch"] = "0",
            ["step"] = "0",
            ["seed"] = "0",
            ["shape.w"] = sizes,
            ["group.w"] = group,
        };
        NamedTensor[] tensors = [new("model.w", [values], new float[values]), new("optimiser.w", [optimised], new float[optimised])];
        using (var stream = File.Create(folder.File("run.state.safetensors"))) new SafetensorsFile(tensors, [new NamedBytes("mask.w", [1], [bits])], metadata).WriteTo(stream);
        var message = Assert.Throws<InvalidDataException>(() => Checkpoint.Load(folder.File("run.safetensors"))).Message;
        Assert.Contains("'w'", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    private static void Train(Network network, Sgd sgd, int steps)
    {
        for (var step = 0; step < steps; step++)
            network.Step(
                Samples.Gaussian(Batch * SmallNetwork.Input.Length, (ulong)network.StepsTaken), Samples.Labels(Batch, SmallNetwork.Classes),
                sgd, 0.05f);
    }
}
