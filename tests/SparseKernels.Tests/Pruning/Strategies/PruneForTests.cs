using SparseKernels.Pruning.Strategies;
using SparseKernels.Sparsity;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Pruning.Strategies;

public static class PruneForTests
{
    private static readonly AccuracyGatedOptions s_time = new()
    {
        PruneFor = PruneFor.Time,
        Scope = MagnitudeScope.Layer,
        FineThreshold = 0.8f,
        CoarseThreshold = 0,
        CoarseStep = 0,
        SimilarityWork = 0,
        BalanceStrength = 0,
        MaximumSparsity = 0.9,
    };

    /// <summary>Two layers alike but for what a weight costs: thresholds as the square root of that, over the geometric mean.</summary>
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(4, 1, 1.4142135, 0.70710677)]
    [InlineData(1, 9, 0.57735026, 1.7320508)]
    [InlineData(1000, 1, 2, 0.5)]
    public static void Time_WeightsOfTwoCosts_PrunesByTheRootOfWhatAZeroSaves(double first, double second, double firstFactor, double secondFactor)
    {
        var w = RandomTensor.Floats(64 * 32, seed: 1);
        var run = new PruningCase(new AccuracyGatedPruning(s_time));
        foreach (var cost in new[] { first, second }) run.Add([64, 32], w).StepSeconds = density => cost * density.Fine;
        run.Unit.OnEvaluation(50);
        Assert.True(run.Unit.Step());
        var rms = (float)Math.Sqrt(w.Average(value => (double)value * value));
        foreach (var (layer, factor) in new[] { (0, firstFactor), (1, secondFactor) })
        {
            var expected = Array.ConvertAll(w, value => Math.Abs(value) < 0.8f * rms * (float)factor ? 0 : value);
            Assert.Equal(expected, run.Weights[layer]);
        }
    }

    [Fact]
    public static void Time_GroupsThatSaveMore_AreTakenAtHigherThresholds()
    {
        // A single zero saves nothing that its group doesn't save four times.
        var w = RandomTensor.Floats(64 * 32 * 9, seed: 1);
        var options = s_time with { FineThreshold = 0, FineStep = 0, CoarseThreshold = 0.8f };
        var (size, time) = (DeadGroups(options with { PruneFor = PruneFor.Size }), DeadGroups(options));
        Assert.True(time > 2 * size && size > 0, $"{time} groups, {size} by size");

        long DeadGroups(AccuracyGatedOptions options)
        {
            var run = new PruningCase(new AccuracyGatedPruning(options));
            var layer = run.Add([64, 32, 3, 3], w, new CoarseGroup(2));
            layer.StepSeconds = density => (0.25 * density.Fine) + (0.75 * density.Coarse);
            run.Unit.OnEvaluation(50);
            run.Unit.Step();
            return layer.Report.Groups - layer.Report.LiveGroups;
        }
    }

    [Fact]
    public static void Time_NothingKnownOfTimes_IsAsSize()
    {
        var w = RandomTensor.Floats(64 * 32, seed: 1);
        var runs = new[] { PruneFor.Size, PruneFor.Time, PruneFor.Time }.Select((gain, i) =>
        {
            var run = new PruningCase(new AccuracyGatedPruning(s_time with { PruneFor = gain }));
            run.Add([64, 32], w);
            if (i == 2) run.Unit.Layers[0].StepSeconds = _ => 0;
            run.Unit.OnEvaluation(50);
            run.Unit.Step();
            return run;
        }).ToArray();
        Assert.Equal(runs[0].Weights[0], runs[1].Weights[0]);
        Assert.Equal(runs[0].Weights[0], runs[2].Weights[0]);
        Assert.Null(runs[2].Unit.Layers[0].Report.StepSeconds);
    }

    [Fact]
    public static void Report_PredictedTimes_AreOfWhatIsLeftAndOfEvenCores()
    {
        var run = new PruningCase(new ScriptedStrategy());
        var layer = run.Add([4, 8], RandomTensor.Floats(32, seed: 1));
        layer.StepSeconds = density => 8 * density.Fine;
        for (var i = 0; i < 12; i++) layer.Prune(i);

        // 4 weights of the first of two cores, 16 of the second.
        Assert.Equal(1.6, layer.Report.CoreImbalance, 12);
        Assert.Equal((5, 5 / 1.6), (layer.Report.StepSeconds!.Value, layer.Report.EvenStepSeconds!.Value));
    }
}
