using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Sparsity;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Pruning.Strategies;

public static class AccuracyGatedPruningTests
{
    /// <summary>Fine pruning alone, half a root mean square a period.</summary>
    private static readonly AccuracyGatedOptions s_fine = new()
    {
        FineThreshold = 0.5f,
        FineStep = 0.25f,
        CoarseThreshold = 0,
        CoarseStep = 0,
        SimilarityWork = 0,
        BalanceStrength = 0,
        Scope = MagnitudeScope.Layer,
    };

    [Theory]
    [InlineData(MagnitudeScope.Layer)]
    [InlineData(MagnitudeScope.Global)]
    [InlineData(MagnitudeScope.Balanced)]
    public static void Scope_OfThresholds_SaysTheirUnit(MagnitudeScope scope)
    {
        var run = new PruningCase(new AccuracyGatedPruning(s_fine with { Scope = scope, FineThreshold = 0.7f }));
        float[][] weights = [[.. RandomTensor.Floats(400, seed: 1).Select(w => w * 5)], RandomTensor.Floats(900, seed: 2)];
        run.Add([20, 20], weights[0]);
        run.Add([30, 30], weights[1]);
        var all = Rms([.. weights[0], .. weights[1]]);
        float[][] expected = [.. weights.Select(w => Kept(w, 0.7 * (scope == MagnitudeScope.Layer ? Rms(w) : scope == MagnitudeScope.Global ? all : Math.Sqrt(Rms(w) * all))))];
        run.Unit.OnEvaluation(50);
        Assert.True(run.Unit.Step());
        Assert.Equal(expected, run.Weights);

        static double Rms(float[] w) => Math.Sqrt(w.Average(value => (double)value * value));

        static float[] Kept(float[] w, double threshold) => Array.ConvertAll(w, value => Math.Abs(value) < threshold ? 0 : value);
    }

    [Fact]
    public static void Periods_AsAccuracyRecovers_PruneByThresholdsThatMoveInTheLayersOwnUnit()
    {
        var strategy = new AccuracyGatedPruning(s_fine);
        var run = new PruningCase(strategy);
        float[] w = RandomTensor.Floats(20 * 63, seed: 1), small = [.. w.Select(value => value * 1e-3f)];
        run.Add([20, 7, 3, 3], w);
        run.Add([20, 7, 3, 3], small);
        Assert.False(run.Unit.Step());
        Assert.Null(strategy.ThresholdsOf("layer1"));

        // Accuracy, whether the next step prunes, and the threshold it prunes by.
        var kept = w;
        foreach (var (accuracy, threshold) in ((double, float?)[])[(50, 0.5f), (49, null), (51, 0.75f), (51, null), (60, 1f)])
        {
            Assert.Equal(threshold is null ? PruningAction.Continue : PruningAction.Snapshot, run.Unit.OnEvaluation(accuracy));
            Assert.Equal(threshold is not null, run.Unit.Step());
            Assert.False(run.Unit.Step());
            if (threshold is null) continue;
            var rms = Math.Sqrt(kept.Sum(value => (double)value * value) / kept.Length);
            kept = Array.ConvertAll(kept, value => Math.Abs(value) < threshold * rms ? 0 : value);
            Assert.Equal(new LayerThresholds(threshold.Value, 0), strategy.ThresholdsOf("layer2"));
            Expect.Equal(kept, run.Weights[0], $"layer 1 after threshold {threshold}");
            Assert.Equal(kept.Select(value => value != 0), run.Weights[1].Select(value => value != 0));
        }
    }

    [Theory]
    [InlineData(1, 0.75f, 1f, 0.98f)]
    [InlineData(2, 1f, 1.25f, 0.975f)]
    [InlineData(3, 1.25f, 1.5f, 0.97f)]
    [InlineData(9, 1.25f, 1.5f, 0.97f)]
    public static void Recovers_AfterWaitingTwice_MovesByTheStepsItMayCatchUp(int catchUp, float after, float next, float similarity)
    {
        var strategy = new AccuracyGatedPruning(s_fine with { CatchUp = catchUp });
        var run = new PruningCase(strategy);
        run.Add([20, 7, 3, 3], RandomTensor.Floats(20 * 63, seed: 1));
        foreach (var (accuracy, threshold) in ((double, float)[])[(50, 0.5f), (49, 0.5f), (48, 0.5f), (51, after), (52, next)])
        {
            run.Unit.OnEvaluation(accuracy);
            run.Unit.Step();
            Assert.Equal(new LayerThresholds(threshold, 0), strategy.ThresholdsOf("layer1"));
        }

        Assert.Equal(similarity, strategy.State["similarity"], 5);
    }

    [Fact]
    public static void NeverRecovers_AfterThePatience_BringsBackTheLastStateThatDid()
    {
        var run = new PruningCase(new AccuracyGatedPruning(s_fine));
        var layer = run.Add([20, 7, 3, 3], RandomTensor.Floats(20 * 63, seed: 1));
        run.Unit.OnEvaluation(50);
        run.Unit.Step();
        run.Weights[0][layer.Mask.NextLive(0, 63)] += 1;
        Assert.Equal(PruningAction.Snapshot, run.Unit.OnEvaluation(51));
        var (weights, momenta, live) = (run.Weights[0].ToArray(), run.Momenta[0].ToArray(), layer.Mask.Words.ToArray());
        run.Unit.Step();
        Assert.NotEqual(live, layer.Mask.Words.ToArray());
        Array.Fill(run.Weights[0], 7);
        Array.Fill(run.Momenta[0], 8);
        Assert.Equal(PruningAction.Continue, run.Unit.OnEvaluation(40));
        Assert.Equal(PruningAction.Continue, run.Unit.OnEvaluation(double.NaN));
        Assert.Equal(PruningAction.Restore, run.Unit.OnEvaluation(51));
        Expect.SameBits(weights, run.Weights[0], "weights");
        Expect.SameBits(momenta, run.Momenta[0], "momenta");
        Assert.Equal(live, layer.Mask.Words.ToArray());
        Assert.Equal(PruningAction.Continue, run.Unit.OnEvaluation(99));
        Assert.False(run.Unit.Step());
        Assert.Equal(PruningAction.Continue, run.Unit.Finish());
    }

    [Fact]
    public static void Finish_BeforeItRecovered_BringsBackTheLastStateThatDid()
    {
        var run = new PruningCase(new AccuracyGatedPruning(s_fine));
        var w = RandomTensor.Floats(20 * 63, seed: 1);
        var layer = run.Add([20, 7, 3, 3], w);
        run.Unit.OnEvaluation(50);
        run.Unit.Step();
        run.Unit.OnEvaluation(49);
        Assert.Equal(PruningAction.Restore, run.Unit.Finish());
        Assert.Equal(w.Length, layer.Mask.Count);
        Expect.SameBits(w, run.Weights[0], "weights");
    }

    [Fact]
    public static void MaximumSparsity_NearIt_ShortensTheStep()
    {
        // Magnitudes spread evenly, so that a threshold of a tenth prunes a tenth of them.
        var strategy = new AccuracyGatedPruning(s_fine with { MaximumSparsity = 0.85, FineThreshold = 0.2f, FineStep = 0.2f, CatchUp = 2 });
        var run = new PruningCase(strategy);
        var layer = run.Add([10, 100, 1, 1], [.. Enumerable.Range(0, 1000).Select(i => (i + 0.5f) / 1000)]);
        var steps = new List<double>();
        for (var period = 0; period < 30 && layer.Sparsity < 0.85; period++)
        {
            run.Unit.OnEvaluation(period);
            run.Unit.Step();
            steps.Add(strategy.State["steps"]);
        }

        Assert.InRange(layer.Sparsity, 0.85, 0.88);
        Assert.Equal(1, steps[0]);
        Assert.Contains(steps, step => step is > 0.25 and < 1);
        Assert.All(steps, step => Assert.InRange(step, 0.25, 1));
    }

    /// <summary>
    /// Far thresholds, of single weights, of groups or of both, with balanced channels or not, take what is asked for and hardly more.
    /// </summary>
    [Theory]
    [InlineData(1.2f, 0f, 0f)]
    [InlineData(1.2f, 0f, 1f)]
    [InlineData(0f, 1.2f, 0f)]
    [InlineData(1f, 1f, 1f)]
    public static void MaximumSparsity_ThresholdsFarBeyondIt_AreLowered(float fine, float coarse, float strength)
    {
        foreach (var maximum in (double[])[0.3, 0.6])
        {
            var strategy = new AccuracyGatedPruning(s_fine with
            {
                MaximumSparsity = maximum,
                FineThreshold = fine,
                CoarseThreshold = coarse,
                BalanceStrength = strength,
                SimilarityRounds = 2,
                SimilarityInterval = 1,
            });
            var run = new PruningCase(strategy);
            run.Add([64, 32, 3, 3], RandomTensor.Floats(64 * 32 * 9, seed: 1), new CoarseGroup(2));
            run.Add([48, 20], RandomTensor.Floats(48 * 20, seed: 2), new CoarseGroup(2));
            run.Unit.OnEvaluation(50);
            run.Unit.Step();
            run.Unit.Step();
            Assert.Equal(new LayerThresholds(fine, coarse), strategy.ThresholdsOf("layer1"));
            Assert.InRange(run.Unit.Report.Sparsity, maximum, maximum + ((1 - maximum) * 0.006) + 0.0005);
            Assert.All(run.Unit.Layers, layer => Assert.True(layer.Sparsity > 0));
        }
    }

    [Fact]
    public static void MaximumSparsity_ThresholdsThatDoNotReachIt_AreLeftAlone()
    {
        var weights = RandomTensor.Floats(64 * 32, seed: 1);
        var run = new PruningCase(new AccuracyGatedPruning(s_fine with { MaximumSparsity = 0.5, FineThreshold = 0.3f }));
        run.Add([64, 32], weights);
        run.Unit.OnEvaluation(50);
        run.Unit.Step();
        var rms = Math.Sqrt(weights.Sum(value => (double)value * value) / weights.Length);
        run.ExpectKept(weights, i => Math.Abs(weights[i]) >= (float)(0.3f * rms));
    }

    [Fact]
    public static void MaximumSparsity_OnceRecoveredThere_EndsPruningAndKeepsWhatIs()
    {
        var run = new PruningCase(new AccuracyGatedPruning(s_fine with { MaximumSparsity = 0.3, FineThreshold = 0.7f }));
        run.Add([20, 7, 3, 3], RandomTensor.Floats(20 * 63, seed: 1));
        run.Unit.OnEvaluation(50);
        run.Unit.Step();
        var sparsity = run.Unit.Report.Sparsity;
        Assert.InRange(sparsity, 0.3, 0.6);
        Assert.NotNull(run.Unit.State.Snapshot);
        Assert.Equal(PruningAction.Discard, run.Unit.OnEvaluation(51));
        Assert.Null(run.Unit.State.Snapshot);
        Assert.False(run.Unit.Step());
        Assert.Equal(PruningAction.Continue, run.Unit.OnEvaluation(52));
        Assert.Equal(PruningAction.Continue, run.Unit.Finish());
        Assert.Equal(sparsity, run.Unit.Report.Sparsity);
    }

    [Fact]
    public static void MaximumLayerSparsity_ReachedByOneLayer_SparesThatLayerAndItsThreshold()
    {
        var strategy = new AccuracyGatedPruning(s_fine with { MaximumLayerSparsity = 0.5, FineThreshold = 0.6f });
        var run = new PruningCase(strategy);
        float[] mostlySmall = [.. RandomTensor.Floats(630, seed: 1).Select((value, i) => i % 10 == 0 ? value * 100 : value)];
        var (sparse, dense) = (run.Add([10, 7, 3, 3], mostlySmall), run.Add([10, 7, 3, 3], RandomTensor.Floats(630, seed: 2)));
        run.Unit.OnEvaluation(50);
        run.Unit.Step();
        Assert.True(sparse.Sparsity > 0.5 && dense.Sparsity < 0.5);
        var (first, second) = (sparse.Sparsity, dense.Sparsity);
        run.Unit.OnEvaluation(51);
        run.Unit.Step();
        Assert.Equal(first, sparse.Sparsity);
        Assert.True(dense.Sparsity > second);
        Assert.Equal((0.6f, 0.85f), (strategy.ThresholdsOf("layer1")!.Value.Fine, strategy.ThresholdsOf("layer2")!.Value.Fine));
    }

    [Fact]
    public static void SimilarityRounds_OfOnePeriod_ComeAtTheirIntervalAndGoThroughAllInputChannels()
    {
        var run = new PruningCase(new AccuracyGatedPruning(s_fine with { SimilarityWork = 1, SimilarityRounds = 3, SimilarityInterval = 4, FineThreshold = 0, FineStep = 0 }));

        // Filters of one output channel are its number, so all are parallel and the last stays.
        var layer = run.Add([8, 96, 2, 2], [.. Enumerable.Range(0, 8 * 96 * 4).Select(i => i / (96 * 4) + 1f)]);
        for (var i = 0; i < 2; i++) run.Unit.Step();
        run.Unit.OnEvaluation(50);
        var (compared, live) = (new List<long>(), new List<int>());
        for (var i = 0; i < 12; i++)
        {
            run.Unit.Step();
            compared.Add(layer.Report.PairsCompared);
            live.Add(Enumerable.Range(0, 96).Count(c => layer.Mask[c * 4]));
        }

        const int Round = 32 * 8 * 7 / 2;
        Assert.Equal([Round, Round, Round, Round, 2 * Round, 2 * Round, 2 * Round, 2 * Round, 3 * Round, 3 * Round, 3 * Round, 3 * Round], compared);
        Assert.Equal([64, 64, 64, 64, 32, 32, 32, 32, 0, 0, 0, 0], live);
        Assert.Equal((3 * Round, 96 * 7), (layer.Report.PairsPossible, layer.Report.SimilarRunsPruned));
        Assert.Equal(96 * 4, layer.Mask.Count);
    }

    [Fact]
    public static void Restore_AfterAPeriod_CountsWhatWasPrunedOnceAndAllWork()
    {
        var run = new PruningCase(new AccuracyGatedPruning(s_fine with { SimilarityWork = 1, SimilarityRounds = 1, Gate = new() { Patience = 1 } }));
        var layer = run.Add([8, 16, 2, 2], [.. Enumerable.Range(0, 8 * 16 * 4).Select(i => i / (16 * 4) + 1f)]);
        run.Unit.OnEvaluation(50);
        run.Unit.Step();
        var work = layer.Report.PairsCompared;
        Assert.Equal((16 * 7, 0), (layer.Report.SimilarRunsPruned, layer.Report.WeightsPruned));
        Assert.Equal(PruningAction.Restore, run.Unit.OnEvaluation(40));
        Assert.Equal((0, 0, work), (layer.Report.SimilarRunsPruned, layer.Report.WeightsPruned, layer.Report.PairsCompared));
    }

    [Fact]
    public static void SimilarityCheck_CountsWhatAllPairsFindAndChangesNothing()
    {
        var (plain, check) = (Run(false), Run(true));
        Expect.SameBits(plain.Weights[0], check.Weights[0], "weights");
        var (without, with) = (plain.Unit.Layers[0].Report, check.Unit.Layers[0].Report);
        Assert.Equal((0, 0), (without.SimilarRunsChecked, without.SimilarRunsOfAllPairs));
        Assert.Equal(without.SimilarRunsPruned, with.SimilarRunsChecked);
        Assert.InRange(with.SimilarRunsChecked, 0.8 * with.SimilarRunsOfAllPairs, with.SimilarRunsOfAllPairs - 1);
        Assert.InRange(with.PairsCompared, 1, 0.05 * with.PairsPossible);

        static PruningCase Run(bool check)
        {
            var run = new PruningCase(new AccuracyGatedPruning(s_fine with { SimilarityWork = 0.05, Similarity = 0.9f, SimilarityLowest = 0.9f, SimilarityInterval = 1, SimilarityCheck = check, FineThreshold = 0, FineStep = 0 }));
            run.Add([256, 64, 3, 3], RandomTensor.Floats(256 * 64 * 9, seed: 1));
            run.Unit.OnEvaluation(50);
            for (var step = 0; step < 4; step++) run.Unit.Step();
            return run;
        }
    }

    [Fact]
    public static void Similarity_PeriodAfterPeriod_FallsByItsStepToItsLowest()
    {
        var strategy = new AccuracyGatedPruning(s_fine with { SimilarityWork = 1, Similarity = 0.9f, SimilarityStep = 0.1f, SimilarityLowest = 0.75f, FineThreshold = 0, FineStep = 0 });
        var run = new PruningCase(strategy);

        // Two filters that stand at 30° (cos 0.87) and, to the other side, at 44° (0.72) to a stronger one.
        float[] w = [2, 2, 0, 0, 0.866f, 0.866f, 0.5f, 0.5f, 0.719f, 0.719f, -0.695f, -0.695f];
        var layer = run.Add([3, 1, 2, 2], w);
        var pruned = new List<long>();
        for (var period = 0; period < 3; period++)
        {
            run.Unit.OnEvaluation(period);
            run.Unit.Step();
            pruned.Add(layer.Report.SimilarRunsPruned);
        }

        Assert.Equal([0, 1, 1], pruned);
        Assert.Equal(0.75, strategy.State["similarity"], 6);
    }

    [Fact]
    public static void Balance_UnevenInputChannels_EndMoreEvenThanWithout()
    {
        float[] w = [.. RandomTensor.Floats(64 * 16 * 9, seed: 3).Select((value, i) => value * (0.4f + (0.1f * (i / 9 % 16))))];
        var (with, without) = (Imbalance(strength: 1), Imbalance(strength: 0));
        Assert.True(with < 1 + (0.8 * (without - 1)), $"imbalance {with} with balancing, {without} without");

        double Imbalance(float strength)
        {
            var run = new PruningCase(new AccuracyGatedPruning(s_fine with { BalanceStrength = strength }));
            var layer = run.Add([64, 16, 3, 3], w);
            for (var period = 0; period < 3; period++)
            {
                run.Unit.OnEvaluation(period);
                run.Unit.Step();
            }

            return layer.Report.InputImbalance;
        }
    }

    [Fact]
    public static void Restore_BetweenRounds_EndsThem()
    {
        var run = new PruningCase(new AccuracyGatedPruning(s_fine with { SimilarityRounds = 9, SimilarityInterval = 2, Gate = new() { Patience = 1 } }));
        var layer = run.Add([20, 7, 3, 3], RandomTensor.Floats(20 * 63, seed: 1));
        run.Unit.OnEvaluation(50);
        Assert.True(run.Unit.Step());
        Assert.Equal(PruningAction.Restore, run.Unit.OnEvaluation(40));
        for (var step = 0; step < 8; step++) Assert.False(run.Unit.Step());
        Assert.Equal(0, layer.Sparsity);
    }

    [Fact]
    public static void AllRulesTogether_OnRandomLayers_PruneCoarseAndFineAndSayHowMuch()
    {
        var run = new PruningCase(
            new AccuracyGatedPruning(new() { CoarseThreshold = 0.9f, CoarseStep = 0.02f, Similarity = 0.8f, SimilarityLowest = 0.7f }));
        run.Add([64, 32, 3, 3], RandomTensor.Floats(64 * 288, seed: 1));
        run.Add([33, 17, 1, 1], RandomTensor.Floats(33 * 17, seed: 2));
        for (var period = 0; period < 4; period++)
        {
            run.Unit.OnEvaluation(period);
            run.Unit.Step();
        }

        var report = run.Unit.Report;
        Assert.Equal(4, report.PruningSteps);
        Assert.InRange(report.Sparsity, 0.3, 0.95);
        Assert.InRange(report.CoarseSparsity, 0.02, 0.9);
        Assert.InRange(report.CoarseShare, 0.02, 0.9);
        Assert.True(report.Layers.Sum(layer => layer.PairsCompared) < 0.06 * report.Layers.Sum(layer => layer.PairsPossible));
        Assert.All(report.Layers, layer => Assert.True(layer.WeightsPruned > 0 && layer.RunsPruned > 0, $"{layer}"));
        Assert.True(report.Layers[0].SimilarRunsPruned > 0);
        Assert.Equal(run.Weights.Sum(w => w.Count(value => value != 0)), report.Layers.Sum(layer => layer.LiveWeights));
        Assert.NotEqual(TimeSpan.Zero, run.Unit.PruningTime);
    }

    [Fact]
    public static void NaNWeights_OfALayer_AreLeftAloneAndOtherLayersPruned()
    {
        var run = new PruningCase(new AccuracyGatedPruning());
        var w = RandomTensor.Floats(63, seed: 1);
        w[5] = float.NaN;
        var layer = run.Add([7, 1, 3, 3], w);
        var other = run.Add([7, 1, 3, 3], RandomTensor.Floats(63, seed: 2));
        run.Unit.OnEvaluation(50);
        run.Unit.Step();
        Assert.Equal(63, layer.Mask.Count);
        Assert.InRange(other.Mask.Count, 1, 62);
    }

    public static TheoryData<string, AccuracyGatedOptions> BadOptions { get; } = new()
    {
        { "PruneFor", new() { PruneFor = (PruneFor)2 } },
        { "FineThreshold", new() { FineThreshold = -1 } },
        { "FineStep", new() { FineStep = float.NaN } },
        { "CoarseThreshold", new() { CoarseThreshold = float.PositiveInfinity } },
        { "CoarseStep", new() { CoarseStep = -0.1f } },
        { "SimilarityWork", new() { SimilarityWork = 1.1 } },
        { "SimilaritySearch", new() { SimilaritySearch = (SimilaritySearch)2 } },
        { "SimilarityRounds", new() { SimilarityRounds = 0 } },
        { "SimilarityInterval", new() { SimilarityInterval = 0 } },
        { "Similarity", new() { Similarity = 1 } },
        { "SimilarityStep", new() { SimilarityStep = -1 } },
        { "SimilarityLowest", new() { SimilarityLowest = 0.999f } },
        { "SimilarityLowest", new() { SimilarityLowest = 0 } },
        { "SimilarityGroup", new() { SimilarityGroup = new(0) } },
        { "SimilarityMinimumLive", new() { SimilarityMinimumLive = 1 } },
        { "BalanceStrength", new() { BalanceStrength = -1 } },
        { "BalanceLimit", new() { BalanceLimit = 0.9f } },
        { "CatchUp", new() { CatchUp = 0 } },
        { "Scope", new() { Scope = (MagnitudeScope)3 } },
        { "MaximumSparsity", new() { MaximumSparsity = 0 } },
        { "MaximumLayerSparsity", new() { MaximumLayerSparsity = 2 } },
    };

    [Theory]
    [MemberData(nameof(BadOptions), DisableDiscoveryEnumeration = true)]
    public static void BadOption_IsNamed(string name, AccuracyGatedOptions options)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(name, () => new AccuracyGatedPruning(options));
        Assert.Contains("must be", error.Message);
        Assert.Contains("got", error.Message);
    }

    [Theory]
    [InlineData("similarity", double.NaN)]
    [InlineData("similarity", 1)]
    [InlineData("waited", 0.5)]
    [InlineData("waited", 1e12)]
    [InlineData("steps", -1)]
    [InlineData("sparsity-before", 1.5)]
    [InlineData("finished", 3)]
    [InlineData("rounds-left", -1)]
    [InlineData("fine/layer1", -1)]
    [InlineData("best", double.NaN)]
    public static void State_Impossible_IsRefused(string name, double number)
    {
        var run = new PruningCase(new AccuracyGatedPruning());
        run.Add([7, 1, 3, 3], RandomTensor.Floats(63, seed: 1));
        run.Unit.OnEvaluation(50);
        var state = run.Unit.State;
        Assert.Contains(name, state.Numbers.Keys);
        Assert.ThrowsAny<ArgumentException>(
            () => new AccuracyGatedPruning { State = new Dictionary<string, double>(state.Numbers) { [name] = number } });
        var less = state.Numbers.Where(pair => pair.Key != name).ToDictionary();
        if (name != "fine/layer1")
            Assert.Contains(name, Assert.Throws<ArgumentException>("state", () => new AccuracyGatedPruning { State = less }).Message);
    }
}
