using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.TestSupport;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Pruning;

[Collection(SoloCollection.Name)]
public class PrunedSgdTests
{
    private const int Batch = 6;
    private const float Rate = 0.02f;

    [Fact]
    public void Step_NothingPruned_AsSgdUpToRounding()
    {
        using var plain = SmallNetwork.Create(Batch, KernelSchedule.Dense);
        using var pruned = SmallNetwork.Create(Batch, KernelSchedule.Dense);
        var sgd = new Sgd(plain.Parameters, 0.9f, 1e-3f, nesterov: true);
        var optimiser = new PrunedSgd(pruned, new PruningUnit(new OneShotMagnitude(0.5, step: 1000)), 0.9f, 1e-3f, nesterov: true);
        Train(plain, sgd, 4);
        Train(pruned, optimiser, 4);
        foreach (var (expected, got) in plain.Parameters.Zip(pruned.Parameters)) Assert.InRange(
            SmallNetwork.Distance(expected.Value, got.Value), 0, 1e-3);
    }

    [Fact]
    public void Step_Pruned_MasksAreTheUnitsAndStayZeroAndSparseEqualsDense()
    {
        using var network = SmallNetwork.Create(Batch, KernelSchedule.Reproducible);
        using var dense = SmallNetwork.Create(Batch, KernelSchedule.Dense);
        var unit = new PruningUnit(new GradualMagnitude(0.9, begin: 1, end: 7, interval: 2, scope: MagnitudeScope.Layer));
        var optimiser = new PrunedSgd(network, unit, weightDecay: 1e-2f);
        var twin = new PrunedSgd(
            dense, new PruningUnit(new GradualMagnitude(0.9, begin: 1, end: 7, interval: 2, scope: MagnitudeScope.Layer)),
            weightDecay: 1e-2f);
        for (var step = 0; step < 12; step++)
        {
            Train(network, optimiser, 1);
            Train(dense, twin, 1);
            foreach (var (parameter, layer) in optimiser.Pruned.Zip(unit.Layers))
            {
                Assert.Same(layer.Mask, parameter.Mask);
                for (var i = 0; i < parameter.Value.Length; i++)
                {
                    if (!layer.Mask[i]) Assert.Equal((0f, 0f), (parameter.Value[i], parameter.Momentum[i]));
                }
            }
        }

        Assert.Equal(
            ["block.conv1.weight", "block.conv2.weight", "block.downsample.0.weight", "conv2.weight", "conv3.weight", "fc1.weight"],
            optimiser.Pruned.Select(parameter => parameter.Name).Order());
        Assert.All(unit.Layers, layer => Assert.Equal(0.9, layer.Sparsity, 0.01));
        var (images, labels) = (Samples.Gaussian(Batch * SmallNetwork.Input.Length, 99), Samples.Labels(Batch, SmallNetwork.Classes));
        Assert.Equal(dense.Evaluate(images, labels).Loss, network.Evaluate(images, labels).Loss, 0.05);
    }

    [Theory]
    [InlineData(BlockedLayout.ChannelBlocked, false)]
    [InlineData(BlockedLayout.ChannelBlocked, true)]
    [InlineData(BlockedLayout.BatchBlocked, false)]
    [InlineData(BlockedLayout.BatchBlocked, true)]
    public void Step_PacksLiveWeights_SameBitsAsPackedFromAllWeights(BlockedLayout layout, bool grows)
    {
        using var network = Create();
        using var twin = Create();
        var unit = Unit();
        var (optimiser, other) = (new PrunedSgd(network, unit), new PrunedSgd(twin, Unit()));
        var packed = new HashSet<string>();
        for (var step = 0; step < 14; step++)
        {
            foreach (var (of, by) in ((Network, PrunedSgd)[])[(network, optimiser), (twin, other)])
            {
                by.Prepare();
                Train(of, by, 1);
            }

            foreach (var (parameter, layer) in optimiser.Pruned.Zip(unit.Layers))
            {
                // Where they are packed at all they are so behind every step, also one that grows.
                Assert.Equal(layer.Live is null, parameter.Live is null);
                if (parameter.Live is not null) packed.Add(parameter.Name);
            }

            // Whoever changes weights beside the optimiser says so, and what it packed counts no more.
            foreach (var parameter in other.Pruned)
            {
                parameter.Touch();
                Assert.Null(parameter.Live);
            }

            foreach (var (expected, got) in twin.Parameters.Zip(network.Parameters)) Expect.SameBits(expected.Value, got.Value, $"{got.Name}, step {step}");
            var (images, labels) = (Samples.Gaussian(Batch * SmallNetwork.Input.Length, 99), Samples.Labels(Batch, SmallNetwork.Classes));
            Assert.Equal(twin.Evaluate(images, labels), network.Evaluate(images, labels));
        }

        // What the schedule chooses batch-blocked follows from figures of the instruction set; a forced pair is the same on all.
        if (layout == BlockedLayout.ChannelBlocked) Assert.NotEmpty(packed);

        // Lists alone in both directions: where ReLUs drop gradients, the pair has BackwardData walk them too; else the choice must fall on them.
        Network Create() => SmallNetwork.Create(
            Batch, layout == BlockedLayout.BatchBlocked ? KernelSchedule.Reproducible : KernelSchedule.Forced(new OperandPair(Operand.Weight, Operand.Input)), layout: layout);

        PruningUnit Unit() => new(grows
            ? new RigL(0.95, end: 100, interval: 3, distribution: SparsityDistribution.Uniform)
            : new GradualMagnitude(0.9, begin: 1, end: 7, interval: 2, scope: MagnitudeScope.Layer));
    }

    /// <summary>Gradients of zero: one step leaves w − rate·decay·w of what decays, and all else as it was.</summary>
    [Fact]
    public void Step_ParametersThatDoNotDecay_StayWhereNoGradientMovesThem()
    {
        using var network = SmallNetwork.Create(Batch);
        var optimiser = new PrunedSgd(network, new PruningUnit(new OneShotMagnitude(0.5, step: 1000)), weightDecay: 0.5f);
        foreach (var (parameter, i) in network.Parameters.Select((parameter, i) => (parameter, i))) parameter.Decays = i % 2 == 0;
        var before = network.Parameters.Select(parameter => (float[])parameter.Value.Clone()).ToArray();
        Assert.Contains(optimiser.Pruned, parameter => parameter.Decays);
        Assert.Contains(optimiser.Pruned, parameter => !parameter.Decays);
        optimiser.Step(0.5f);
        foreach (var (parameter, i) in network.Parameters.Select((parameter, i) => (parameter, i)))
        {
            var left = parameter.Decays ? 0.75f : 1;
            for (var at = 0; at < before[i].Length; at++) Assert.Equal(left * before[i][at], parameter.Value[at], 1e-6f);
        }
    }

    [Fact]
    public void Step_RigL_GrowsWhereOnlyWholeGradientsCanSay()
    {
        using var network = SmallNetwork.Create(Batch, KernelSchedule.Reproducible);
        var unit = new PruningUnit(new RigL(0.8, end: 100, interval: 3, distribution: SparsityDistribution.Uniform));
        var optimiser = new PrunedSgd(network, unit);
        Train(network, optimiser, 3);
        Assert.True(unit.NeedsDenseGradients);
        optimiser.Prepare();
        network.ComputeGradients(Samples.Gaussian(Batch * SmallNetwork.Input.Length), Samples.Labels(Batch, SmallNetwork.Classes));
        foreach (var parameter in optimiser.Pruned)
            Assert.True(
                Enumerable.Range(0, parameter.Gradient.Length).Any(i => !parameter.Mask![i] && parameter.Gradient[i] != 0), parameter.Name);
        optimiser.Step(Rate);
        Assert.All(unit.Report.Layers, layer => Assert.True(layer.WeightsGrown > 0, layer.Name));

        // The next step wants live gradients alone.
        optimiser.Prepare();
        Assert.All(optimiser.Pruned, parameter => Assert.Same(parameter.Mask, parameter.GradientMask));
    }

    [Fact]
    public void Step_BetweenPrunings_AllocatesNothing()
    {
        using var network = SmallNetwork.Create(Batch, KernelSchedule.Reproducible);
        var optimiser = new PrunedSgd(network, new PruningUnit(new OneShotMagnitude(0.8, step: 1), threads: 2), threads: 2);
        var (images, labels) = (Samples.Gaussian(Batch * SmallNetwork.Input.Length), Samples.Labels(Batch, SmallNetwork.Classes));
        for (var i = 0; i < 10; i++) network.Step(images, labels, optimiser, 0.001f);
        Assert.Equal(0, Allocations.Least(() => network.Step(images, labels, optimiser, 0.001f)));
    }

    [Fact]
    public void Constructor_BadArguments_AreNamed()
    {
        using var network = SmallNetwork.Create(Batch);
        var used = new PruningUnit(new OneShotMagnitude(0.5, 1));
        used.Register("a", [2, 2], new float[4]);
        Assert.Throws<ArgumentNullException>("network", () => new PrunedSgd(null!, New()));
        Assert.Throws<ArgumentNullException>("unit", () => new PrunedSgd(network, null!));
        Assert.Throws<ArgumentException>("unit", () => new PrunedSgd(network, used));
        Assert.Throws<ArgumentOutOfRangeException>("momentum", () => new PrunedSgd(network, New(), momentum: 1));
        Assert.Contains(
            "conv1, block.conv1",
            Assert.Throws<ArgumentException>("denseLayers", () => new PrunedSgd(network, New(), denseLayers: ["conv9"])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(
            "denseLayers", () => new PrunedSgd(network, New(), denseLayers: [.. network.Plans.Select(plan => plan.Name)]));
        Assert.All(network.Parameters, parameter => Assert.Null(parameter.Mask));
        Assert.Equal(network.Plans.Count - 1, new PrunedSgd(network, New(), denseLayers: ["conv2"]).Pruned.Count);

        static PruningUnit New() => new(new OneShotMagnitude(0.5, 1));
    }

    private static void Train(Network network, IOptimiser optimiser, int steps)
    {
        for (var step = 0; step < steps; step++)
            network.Step(
                Samples.Gaussian(Batch * SmallNetwork.Input.Length, (ulong)network.StepsTaken), Samples.Labels(Batch, SmallNetwork.Classes),
                optimiser, Rate);
    }
}
