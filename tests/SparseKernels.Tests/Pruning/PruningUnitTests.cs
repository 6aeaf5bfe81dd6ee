using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Pruning;

public static class PruningUnitTests
{
    public static TheoryData<string> Strategies => PruningAllocationTests.Strategies;

    /// <summary>
    /// Stops after any step, through prunings, recoveries and the restoring of a state; goes on in a new unit from state and weights.
    /// </summary>
    [Theory]
    [MemberData(nameof(Strategies))]
    public static void State_RestoredAfterAnyStep_GoesOnToTheSameBits(string strategy)
    {
        const int Steps = 14;
        var whole = Start(strategy);
        for (var step = 0; step < Steps; step++) Train(whole, step);
        for (var stop = 1; stop < Steps; stop++)
        {
            var first = Start(strategy);
            for (var step = 0; step < stop; step++) Train(first, step);
            var second = Start(strategy);
            for (var layer = 0; layer < 2; layer++)
            {
                first.Weights[layer].CopyTo(second.Weights[layer], 0);
                first.Momenta[layer].CopyTo(second.Momenta[layer], 0);
            }

            second.Unit.Restore(first.Unit.State);
            Assert.Equal(stop, second.Unit.StepsTaken);
            for (var step = stop; step < Steps; step++) Train(second, step);
            for (var layer = 0; layer < 2; layer++)
            {
                Expect.SameBits(whole.Weights[layer], second.Weights[layer], $"weights of layer {layer}, stopped after {stop}");
                Expect.SameBits(whole.Momenta[layer], second.Momenta[layer], $"momenta of layer {layer}, stopped after {stop}");
                Assert.True(whole.Unit.Layers[layer].Mask.Words.SequenceEqual(second.Unit.Layers[layer].Mask.Words));
            }

            Assert.Equal(whole.Unit.State.Numbers, second.Unit.State.Numbers);
        }
    }

    [Fact]
    public static void Restore_WeightsLoadedWithoutTheirZeros_MasksThem()
    {
        var run = Start("one-shot magnitude");
        for (var step = 0; step < 7; step++) Train(run, step);
        var other = Start("one-shot magnitude");
        Array.Fill(other.Momenta[0], float.NaN);
        other.Unit.Restore(run.Unit.State);
        var mask = run.Unit.Layers[0].Mask;
        Assert.Equal(run.Unit.Report.Sparsity, other.Unit.Report.Sparsity);
        for (var i = 0; i < other.Weights[0].Length; i++) Assert.True(
            mask[i] ? other.Weights[0][i] != 0 : other.Weights[0][i] == 0 && other.Momenta[0][i] == 0);
    }

    [Fact]
    public static void Restore_StateThatDoesNotFit_IsRefusedAndNothingIsWritten()
    {
        var run = Start("accuracy-gated");
        for (var step = 0; step < 5; step++) Train(run, step);
        var state = run.Unit.State;
        Assert.NotNull(state.Snapshot);
        var masks = state.Masks.ToDictionary(pair => pair.Key, pair => pair.Value);
        Refused(state with { Steps = -1 }, "Steps");
        Refused(state with { Strategy = "RigL" }, "RigL");
        Refused(state with { Numbers = new Dictionary<string, double>() }, "best");
        Refused(state with { Masks = new Dictionary<string, ulong[]> { ["layer1"] = masks["layer1"] } }, "layer2");
        Refused(state with { Masks = new Dictionary<string, ulong[]>(masks) { ["layer3"] = [] } }, "layer3");
        Refused(state with { Masks = new Dictionary<string, ulong[]>(masks) { ["layer2"] = new ulong[1] } }, "layer2");
        Refused(
            state with { Masks = new Dictionary<string, ulong[]>(masks) { ["layer2"] = [.. masks["layer2"][..^1], ulong.MaxValue] } },
            "bits past");
        Refused(state with { Snapshot = state.Snapshot with { Weights = new Dictionary<string, float[]>() } }, "weights");
        Refused(state with { Snapshot = state.Snapshot with { Momenta = new Dictionary<string, float[]> { ["layer1"] = [], ["layer2"] = [] } } }, "momenta");
        Assert.Throws<ArgumentNullException>("state", () => run.Unit.Restore(null!));

        void Refused(PruningState bad, string says)
        {
            var other = Start("accuracy-gated");
            var before = other.Weights.Select(w => w.ToArray()).ToArray();
            Assert.Contains(says, Assert.ThrowsAny<ArgumentException>(() => other.Unit.Restore(bad)).Message);
            Assert.Equal(0, other.Unit.Report.Sparsity);
            Assert.Equal(0, other.Unit.StepsTaken);
            Assert.Equal(before, other.Weights);
        }
    }

    [Fact]
    public static void Register_BadArguments_AreNamed()
    {
        var unit = new PruningUnit(new ScriptedStrategy());
        float[] w = new float[24], v = new float[24];
        unit.Register("a", [2, 3, 2, 2], w);
        Assert.Throws<ArgumentException>("name", () => unit.Register("", [2, 3, 2, 2], v));
        Assert.Throws<ArgumentException>("name", () => unit.Register("a", [2, 3, 2, 2], v));
        Assert.Throws<ArgumentException>("sizes", () => unit.Register("b", [2, 12, 1], v));
        Assert.Throws<ArgumentOutOfRangeException>("sizes", () => unit.Register("b", [2, 0, 1, 1], v));
        Assert.Throws<ArgumentOutOfRangeException>("groups", () => unit.Register("b", [2, 12], v, groups: 0));
        Assert.Throws<ArgumentException>("groups", () => unit.Register("b", [2, 12], v, groups: 3));
        Assert.Throws<ArgumentException>("weights", () => unit.Register("b", [2, 3, 2, 2], new float[23]));
        Assert.Throws<ArgumentException>("weights", () => unit.Register("b", [2, 3, 2, 2], w));
        Assert.Throws<ArgumentException>("gradient", () => unit.Register("b", [2, 3, 2, 2], v, gradient: new float[25]));
        Assert.Throws<ArgumentException>("momentum", () => unit.Register("b", [2, 3, 2, 2], v, momentum: new float[1]));
        Assert.Throws<ArgumentException>("momentum", () => unit.Register("b", [2, 3, 2, 2], v, momentum: v));
        Assert.Throws<ArgumentException>("weights", () => unit.Register("b", [2, 3, 2, 2], v, gradient: v));
        Assert.Throws<ArgumentOutOfRangeException>("group", () => unit.Register("b", [2, 3, 2, 2], v, group: new(0)));
        Assert.Single(unit.Layers);
        unit.Step();
        Assert.Throws<InvalidOperationException>(() => unit.Register("b", [2, 12], v));
        Assert.Throws<ArgumentNullException>("strategy", () => new PruningUnit(null!));
        Assert.Throws<ArgumentOutOfRangeException>("threads", () => new PruningUnit(new ScriptedStrategy(), 0));
    }

    [Fact]
    public static void OwnStrategy_PruningAndGrowingSingleWeights_ChangesWeightMomentumAndMask()
    {
        var unit = new PruningUnit(new ScriptedStrategy
        {
            After = (step, layers) =>
            {
                if (step == 1) Assert.True(layers[0].Prune(3) && !layers[0].Prune(3));
                if (step == 2) Assert.True(layers[0].Grow(3) && !layers[0].Grow(3));
            },
        });
        float[] w = [1, 2, 3, 4];
        var layer = unit.Register("fc", [2, 2], w);
        Assert.False(unit.Step());
        Assert.True(unit.Step());
        Assert.Equal([1, 2, 3, 0], w);
        Assert.Equal(0.25, layer.Sparsity);
        Assert.True(unit.Step());
        Assert.Equal(0, layer.Sparsity);
        Assert.Equal((1, 1), (layer.Report.WeightsPruned, layer.Report.WeightsGrown));
        Assert.Equal(2, unit.Report.PruningSteps);
    }

    [Fact]
    public static void OnEvaluation_RestoreWithoutSnapshot_SaysSo()
    {
        var unit = new PruningUnit(new ScriptedStrategy { Judge = _ => PruningAction.Restore });
        Assert.Contains("scripted", Assert.Throws<InvalidOperationException>(() => unit.OnEvaluation(1)).Message);
    }

    [Fact]
    public static void Report_WithoutLayers_IsOfNothing()
    {
        var report = new PruningUnit(new AccuracyGatedPruning()).Report;
        Assert.Equal((0, 0, 0), (report.Sparsity, report.CoarseSparsity, report.CoarseShare));
    }

    private static PruningCase Start(string strategy)
    {
        var run = new PruningCase(strategy switch
        {
            "accuracy-gated" => new AccuracyGatedPruning(new() { SimilarityRounds = 2, SimilarityInterval = 1, Similarity = 0.8f, SimilarityLowest = 0.7f, CoarseThreshold = 0.8f, Gate = new() { Patience = 2 } }),
            "one-shot magnitude" => new OneShotMagnitude(0.5, step: 5),
            "gradual magnitude" => new GradualMagnitude(0.8, begin: 2, end: 10, interval: 2),
            _ => new RigL(0.7, end: 12, interval: 3),
        });
        run.Add([70, 19, 3, 3], RandomTensor.Floats(70 * 171, seed: 1));
        run.Add([21, 13], RandomTensor.Floats(21 * 13, seed: 2));
        return run;
    }

    private static void Train(PruningCase run, int step)
    {
        for (var layer = 0; layer < 2; layer++) RandomTensor.Floats(run.Weights[layer].Length, seed: 50 + step).CopyTo(
            run.Gradients[layer], 0);
        run.Unit.Step(new MaskedSgd(0.9f, 1e-3f), 0.02f);

        // Recovers twice, then never again: the state is brought back after step 11.
        if (step % 2 == 1) run.Unit.OnEvaluation(step switch { 1 => 50, 3 => 51, 5 => double.NaN, 7 => 52, _ => 40 });
    }
}
