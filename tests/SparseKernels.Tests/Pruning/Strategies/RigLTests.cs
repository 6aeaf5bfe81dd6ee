using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Pruning.Strategies;

public static class RigLTests
{
    [Fact]
    public static void FirstStep_RandomMasks_HaveTheSparsityAndFollowTheSeed()
    {
        var (a, b, c) = (Start(seed: 1), Start(seed: 1), Start(seed: 2));
        Assert.Equal(40 * 10 * 9 / 5, a.Mask.Count);
        Assert.True(a.Mask.Words.SequenceEqual(b.Mask.Words));
        Assert.False(a.Mask.Words.SequenceEqual(c.Mask.Words));

        static PrunedLayer Start(ulong seed)
        {
            var run = new PruningCase(new RigL(0.8, end: 100, distribution: SparsityDistribution.Uniform, seed: seed));
            var layer = run.Add([40, 10, 3, 3], RandomTensor.Floats(3600, seed: 1));
            run.Unit.Step();
            return layer;
        }
    }

    [Fact]
    public static void FirstStep_ErdosRenyiKernel_SpreadsTheSparsityByTheSizes()
    {
        // Sums of sizes 22, 136, 518 and weights 144, 4,096 and 65,536: the first layer would be over-full, so it is full.
        var run = new PruningCase(new RigL(0.9, end: 100));
        foreach (var (k, c, r) in ((int, int, int)[])[(16, 1, 3), (64, 64, 1), (256, 256, 1)]) run.Add(
            [k, c, r, r], new float[k * c * r * r]);
        run.Unit.Step();
        var weights = run.Weights.Sum(w => w.Length);
        var budget = (0.1 * weights) - 144;
        Assert.Equal(144, run.Unit.Layers[0].Mask.Count);
        Assert.Equal(Math.Round(budget * 130 / (130 + 514)), run.Unit.Layers[1].Mask.Count);
        Assert.Equal(Math.Round(budget * 514 / (130 + 514)), run.Unit.Layers[2].Mask.Count);
        Assert.Equal(0.9, run.Unit.Report.Sparsity, 4);
    }

    [Fact]
    public static void Change_OfAKnownLayer_DropsTheSmallestAndGrowsTheSteepest()
    {
        var strategy = new RigL(0.5, end: 1000, interval: 1, fraction: 0.5, SparsityDistribution.Uniform);
        var run = new PruningCase(strategy);
        var layer = run.Add([16, 1], new float[16]);
        run.Unit.Step();
        for (var i = 0; i < 16; i++)
        {
            // Live weights 0 to 7 of magnitude 1 to 8, of which the smallest has the steepest gradient.
            if (i < 8 && !layer.Mask[i]) layer.Grow(i);
            if (i >= 8 && layer.Mask[i]) layer.Prune(i);
            run.Weights[0][i] = i < 8 ? (i % 2 == 0 ? i + 1 : -i - 1) : 0;
            run.Momenta[0][i] = i < 8 ? 1 : 0;
            run.Gradients[0][i] = i == 0 ? -100 : i;
        }

        var grown = layer.Report.WeightsGrown;
        Assert.True(run.Unit.NeedsDenseGradients);
        run.Unit.Step();

        // f(1) of 8 is 3: 0, 1 and 2 are dropped; 0 comes back with its value, 15 and 14 grow at zero.
        Assert.Equal(3, (int)(strategy.FractionAt(1) * 8));
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal(i is 0 or (>= 3 and < 8) or >= 14, layer.Mask[i]);
            Assert.Equal(i is 0 or (>= 3 and < 8) ? (i % 2 == 0 ? i + 1 : -i - 1) : 0, run.Weights[0][i]);
            Assert.Equal(i is 0 or (>= 3 and < 8) ? 1 : 0, run.Momenta[0][i]);
        }

        Assert.Equal(grown + 2, layer.Report.WeightsGrown);
    }

    [Fact]
    public static void Training_ManySteps_KeepsTheSparsityAndStopsChangingAtTheEnd()
    {
        var run = new PruningCase(new RigL(0.8, end: 20, interval: 4));
        var layer = run.Add([40, 10, 3, 3], RandomTensor.Floats(3600, seed: 1));
        var changes = new List<long>();
        for (var step = 0L; step < 40; step++)
        {
            RandomTensor.Floats(3600, seed: (int)step).CopyTo(run.Gradients[0], 0);
            Assert.Equal(step is 4 or 8 or 12 or 16, run.Unit.NeedsDenseGradients);
            if (run.Unit.Step(new MaskedSgd(), 0.1f)) changes.Add(step);
            Assert.Equal(720, layer.Mask.Count);
        }

        Assert.Equal([0, 4, 8, 12, 16], changes);
    }

    [Fact]
    public static void FractionAt_TheSchedule_IsACosine()
    {
        var strategy = new RigL(0.8, end: 100, fraction: 0.4);
        Assert.Equal(0.4, strategy.FractionAt(0), 12);
        Assert.Equal(0.2, strategy.FractionAt(50), 12);
        Assert.Equal(0.2 * (1 - Math.Sqrt(0.5)), strategy.FractionAt(75), 12);
        Assert.Equal(0, strategy.FractionAt(100));
        Assert.Equal(0, strategy.FractionAt(1000));
    }

    [Fact]
    public static void State_SetInAnother_DoesNotDrawMasksAgain()
    {
        var first = new RigL(0.5, end: 100);
        var run = new PruningCase(first);
        run.Add([16, 1], new float[16]);
        run.Unit.Step();
        var second = new PruningCase(new RigL(0.5, end: 100) { State = first.State });
        var layer = second.Add([16, 1], new float[16]);
        second.Unit.Step();
        Assert.Equal(16, layer.Mask.Count);
    }

    [Fact]
    public static void BadArguments_AreNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>("sparsity", () => new RigL(1, 10));
        Assert.Throws<ArgumentOutOfRangeException>("end", () => new RigL(0.5, 0));
        Assert.Throws<ArgumentOutOfRangeException>("interval", () => new RigL(0.5, 10, 0));
        Assert.Throws<ArgumentOutOfRangeException>("fraction", () => new RigL(0.5, 10, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("fraction", () => new RigL(0.5, 10, 1, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>("distribution", () => new RigL(0.5, 10, 1, 0.3, (SparsityDistribution)9));
        Assert.Throws<ArgumentException>("state", () => new RigL(0.5, 10) { State = new Dictionary<string, double>() });
        Assert.Throws<ArgumentException>("state", () => new RigL(0.5, 10) { State = new Dictionary<string, double> { ["started"] = 2 } });
        var unit = new PruningUnit(new RigL(0.5, 10, 1));
        unit.Register("conv", [4, 4], new float[16]);
        unit.Step();
        Assert.Contains("conv", Assert.Throws<InvalidOperationException>(() => unit.Step()).Message);
    }
}
