using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Pruning;

public static class MaskedSgdTests
{
    public static TheoryData<float, float, bool> Options { get; } = new()
    {
        { 0, 0, false },
        { 0.9f, 0, false },
        { 0.9f, 5e-4f, false },
        { 0.9f, 5e-4f, true },
        { 0, 0.1f, false },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public static void Step_ThreeTimesUnderAMask_FollowsTheFormulaAndNeverRevives(float momentum, float decay, bool nesterov)
    {
        foreach (var sizes in (int[][])[[1, 1, 1, 1], [17, 3, 3, 3], [20, 7], [65, 80, 3, 3]])
        {
            var run = new PruningCase(new ScriptedStrategy());
            var length = sizes.Aggregate(1, (a, b) => a * b);
            var layer = run.Add(sizes, RandomTensor.Floats(length, seed: 1));
            Array.Clear(run.Momenta[0]);
            var dropped = RandomTensor.Floats(length, seed: 2, density: 0.5);
            for (var i = 0; i < length; i++)
            {
                if (dropped[i] != 0 || i / 16 % 3 == 1) layer.Prune(i);
            }

            var w = Array.ConvertAll(run.Weights[0], value => (double)value);
            var v = new double[length];
            for (var step = 0; step < 3; step++)
            {
                RandomTensor.Floats(length, seed: 10 + step).CopyTo(run.Gradients[0], 0);
                for (var i = 0; i < length; i++)
                {
                    if (!layer.Mask[i])
                    {
                        run.Gradients[0][i] = step == 1 ? float.NaN : 1e30f;
                        continue;
                    }

                    var g = run.Gradients[0][i] + (decay * w[i]);
                    v[i] = (momentum * v[i]) + g;
                    w[i] -= 0.1 * (nesterov ? g + (momentum * v[i]) : v[i]);
                }

                Assert.False(run.Unit.Step(new MaskedSgd(momentum, decay, nesterov), 0.1f));
                for (var i = 0; i < length; i++)
                {
                    Assert.Equal(layer.Mask[i] ? w[i] : 0, run.Weights[0][i], 1e-5);
                    Assert.Equal(layer.Mask[i] ? v[i] : 0, run.Momenta[0][i], 1e-5);
                }

                Assert.Equal(Math.Sqrt(w.Sum(value => value * value) / length), layer.Rms, 1e-5);
            }
        }
    }

    /// <summary>Each layer has its own rate, by what was left of it before the step, even in a step that prunes.</summary>
    [Theory]
    [InlineData(0.5f)]
    [InlineData(1f)]
    public static void Step_WithRateExponent_DividesTheRateByThePowerOfTheDensity(float exponent)
    {
        var run = new PruningCase(new ScriptedStrategy { Before = (_, layers) => layers[1].PruneBelow(new(0.05f, 0)) }, threads: 2);
        foreach (var left in (double[])[1, 0.25, 0.0625])
        {
            var layer = run.Add([64, 80, 3, 3], RandomTensor.Floats(64 * 80 * 9, seed: 1));
            RandomTensor.Floats(run.Weights[^1].Length, seed: 2).CopyTo(run.Gradients[^1], 0);
            Array.Clear(run.Momenta[^1]);
            for (var i = 0; i < run.Weights[^1].Length; i++)
            {
                if (i * left != Math.Floor(i * left)) layer.Prune(i);
            }

            Assert.Equal(left, 1 - layer.Sparsity);
        }

        var before = run.Weights.ConvertAll(w => (float[])w.Clone());
        run.Unit.Step(new MaskedSgd(rateExponent: exponent), 0.01f);
        for (var l = 0; l < run.Unit.Layers.Count; l++)
        {
            var rate = 0.01 * Math.Pow(4, exponent * l);
            var live = Enumerable.Range(0, before[l].Length).Where(i => run.Unit.Layers[l].Mask[i]).ToArray();
            Assert.NotEmpty(live);
            Assert.All(live, i => Assert.Equal(before[l][i] - (rate * run.Gradients[l][i]), run.Weights[l][i], 1e-5));
        }

        Assert.True(run.Unit.Layers[1].Sparsity > 0.76);
    }

    [Fact]
    public static void Step_AnyThreadsAndManyLayers_GivesTheSameBits()
    {
        var results = new List<float[]>();
        foreach (var threads in (int[])[1, 2, 5])
        {
            var run = new PruningCase(new ScriptedStrategy { Before = (_, layers) => layers[2].PruneBelow(new(0.2f, 0.6f)) }, threads);
            foreach (var sizes in (int[][])[[100, 70, 3, 3], [7, 3, 3, 3], [200, 30, 3, 3]])
            {
                run.Add(sizes, RandomTensor.Floats(sizes.Aggregate(1, (a, b) => a * b), seed: 4));
                RandomTensor.Floats(run.Weights[^1].Length, seed: 6).CopyTo(run.Gradients[^1], 0);
            }

            for (var step = 0; step < 3; step++) run.Unit.Step(new MaskedSgd(), 0.01f);
            results.Add([.. run.Weights.SelectMany(w => w), .. run.Momenta.SelectMany(v => v), .. run.Unit.Layers.Select(layer => (float)layer.Rms)]);
        }

        Expect.SameBits(results[0], results[1], "2 threads");
        Expect.SameBits(results[0], results[2], "5 threads");
    }

    /// <summary>A pass finds the sum of squares as it goes; measured anew, as after resuming, it must be the same to the bit.</summary>
    [Fact]
    public static void Rms_MeasuredAnew_HasTheBitsThatThePassLeft()
    {
        var prunes = true;
        var run = new PruningCase(new ScriptedStrategy
        {
            Before = (_, layers) =>
            {
                if (prunes) layers[0].PruneBelow(new(0.5f, 0.5f));
            },
        });
        var layer = run.Add([70, 61, 3, 3], RandomTensor.Floats(70 * 61 * 9, seed: 4));
        RandomTensor.Floats(run.Weights[0].Length, seed: 6).CopyTo(run.Gradients[0], 0);
        foreach (var withSgd in (bool[])[true, true, false])
        {
            if (withSgd) run.Unit.Step(new MaskedSgd(), 0.01f);
            else run.Unit.Step();
            var left = layer.Rms;
            layer.Touch();
            Assert.Equal(left, layer.Rms);
            prunes = false;
        }
    }

    [Fact]
    public static void Step_AfterAnotherOptimiser_MakesWhatItRevivedZeroAgain()
    {
        var run = PruningCase.Pruned([17, 3, 3, 3], RandomTensor.Floats(17 * 27, seed: 1), new(0.5f, 0));
        var mask = run.Unit.Layers[0].Mask;
        for (var i = 0; i < run.Weights[0].Length; i++) (run.Weights[0][i], run.Momenta[0][i]) = (i + 1, float.NaN);
        run.Unit.Step();
        for (var i = 0; i < run.Weights[0].Length; i++)
        {
            Assert.Equal(mask[i] ? i + 1 : 0, run.Weights[0][i]);
            Assert.Equal(mask[i] ? float.NaN : 0, run.Momenta[0][i]);
        }
    }

    [Fact]
    public static void Traffic_OneStep_CountsWhatIsMoved()
    {
        var run = new PruningCase(new ScriptedStrategy());
        var layer = run.Add([64, 8, 3, 3], RandomTensor.Floats(64 * 72, seed: 1));
        var weights = 64L * 72;
        run.Unit.Step(new MaskedSgd(), 0.1f);
        Assert.Equal(new WeightTraffic(12 * weights + weights / 8, 8 * weights), run.Unit.Report.Traffic);
        Assert.Equal(new WeightTraffic(24 * weights + weights / 8, 16 * weights), run.Unit.Report.SeparateTraffic);
        Assert.True(run.Unit.Report.Traffic.Total < 0.51 * run.Unit.Report.SeparateTraffic.Total);

        // All but one weight in the first quarter: one block of 16 is left of those.
        for (var i = 1; i < weights / 4; i++) layer.Prune(i);
        var before = run.Unit.Report.Traffic;
        run.Unit.Step(new MaskedSgd(), 0.1f);
        var moved = weights * 3 / 4 + 16;
        Assert.Equal(before + new WeightTraffic(12 * moved + weights / 8, 8 * moved), run.Unit.Report.Traffic);
    }

    [Fact]
    public static void Traffic_WhatAStrategyLooksAt_CountsToo()
    {
        const long weights = 64 * 72, mask = weights / 8;
        Assert.Equal(
            new WeightTraffic((12 * weights) + mask, (8 * weights) + mask), Of(layer => layer.PruneBelow(new LayerThresholds(0, 0))));
        Assert.Equal(
            new WeightTraffic((12 * weights) + (2 * weights) + (2 * mask), 8 * weights),
            Of(layer => layer.PruneSimilar(new SimilarityRule { Share = 0.5, Threshold = 0.999f })));
        Assert.Equal(new WeightTraffic((12 * weights) + (4 * weights) + (2 * mask), 8 * weights), Of(layer => Assert.True(layer.Rms > 0)));

        // One walk for each half of a magnitude's bits, and one that prunes; to drop and grow, over weights and gradients.
        Assert.Equal(new WeightTraffic((12 * weights) + (24 * weights) + (2 * mask), 8 * weights), Of(layer => layer.DropAndGrow(1)));
        Assert.Equal(
            new WeightTraffic((12 * weights) + (12 * weights) + (3 * mask), 8 * weights),
            Step(new OneShotMagnitude(0.25, step: 0)).Report.Traffic);

        // Looked at in the first step alone, counted in the first step alone.
        var unit = Step(new OneShotMagnitude(0.25, step: 0));
        var first = unit.Report.Traffic;
        unit.Step(new MaskedSgd(), 0.1f);
        Assert.Equal(first + new WeightTraffic((12 * weights) + mask, 8 * weights), unit.Report.Traffic);

        static WeightTraffic Of(Action<PrunedLayer> chooses) =>
            Step(new ScriptedStrategy { Before = (_, layers) => chooses(layers[0]) }).Report.Traffic;

        static PruningUnit Step(IPruningStrategy strategy)
        {
            var run = new PruningCase(strategy);
            run.Add([64, 8, 3, 3], RandomTensor.Floats(64 * 72, seed: 1));
            run.Unit.Step(new MaskedSgd(), 0.1f);
            return run.Unit;
        }
    }

    [Fact]
    public static void BadArguments_AreNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>("momentum", () => new MaskedSgd(momentum: 1));
        Assert.Throws<ArgumentOutOfRangeException>("momentum", () => new MaskedSgd(momentum: float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>("weightDecay", () => new MaskedSgd(weightDecay: -1));
        Assert.Throws<ArgumentException>("nesterov", () => new MaskedSgd(momentum: 0, nesterov: true));
        Assert.Throws<ArgumentOutOfRangeException>("rateExponent", () => new MaskedSgd(rateExponent: -0.1f));
        Assert.Throws<ArgumentOutOfRangeException>("rateExponent", () => new MaskedSgd(rateExponent: 1.1f));
        Assert.Throws<ArgumentOutOfRangeException>("rateExponent", () => new MaskedSgd(rateExponent: float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>("weights", () => WeightTraffic.OfSeparatePasses(-1, false));
        var unit = new PruningUnit(new ScriptedStrategy());
        Assert.Throws<ArgumentNullException>("sgd", () => unit.Step(null!, 0.1f));
        Assert.Throws<ArgumentOutOfRangeException>("rate", () => unit.Step(new MaskedSgd(), float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>("rate", () => unit.Step(new MaskedSgd(), -1));
        unit.Register("conv", [1, 1], new float[1], gradient: new float[1]);
        Assert.Contains("conv", Assert.Throws<InvalidOperationException>(() => unit.Step(new MaskedSgd(), 0.1f)).Message);
    }
}
