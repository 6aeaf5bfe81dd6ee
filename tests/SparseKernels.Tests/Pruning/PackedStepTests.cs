using SparseKernels.Pruning;
using SparseKernels.Sparsity;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Pruning;

/// <summary>A step leaves the live weights packed as a walk of its own over weights and mask would pack them.</summary>
public static unsafe class PackedStepTests
{
    private const int Prunes = 1, PrunesLittle = 4, Grows = 6, RevivesBehind = 8, GrowsBehind = 9, Steps = 12;

    private static readonly SimilarityRule s_similar = new() { Share = 1, Threshold = 0.3f, MinimumLive = 2 };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public static void Step_PlainPruningAndGrowing_LeavesTheLiveWeightsOfItsMask(int threads)
    {
        foreach (var sizes in (int[][])[[1, 1, 1, 1], [17, 3, 3, 3], [20, 7], [65, 80, 3, 3], [130, 64, 3, 3]])
        {
            var length = sizes.Aggregate(1, (a, b) => a * b);
            var run = new PruningCase(new ScriptedStrategy { Before = Before, After = After }, threads);
            var layer = run.Add(sizes, RandomTensor.Floats(length, seed: 1));
            for (var step = 0; step < Steps; step++)
            {
                layer.WantsLive = true;
                RandomTensor.Floats(length, seed: 10 + step).CopyTo(run.Gradients[0], 0);
                var (before, grown) = (layer.Mask.Count, layer.Report.WeightsGrown);
                run.Unit.Step(new MaskedSgd(), 0.01f);
                var where = $"{string.Join("x", sizes)}, step {step}";
                if (step is Prunes && length > 1) Assert.InRange(layer.Mask.Count, 1, before - 1);
                if (step is GrowsBehind && length > 100) Assert.True(layer.Report.WeightsGrown > grown, where);
                Assert.True(layer.Live!.Version == layer.Mask.Version, where);
                using var expected = new LiveWeights(layer.Shape);
                expected.Find(layer.Mask);
                fixed (float* w = run.Weights[0]) expected.Take(w);
                Assert.Equal(expected.Count, layer.Live.Count);
                Assert.Equal(new Span<int>(expected.Starts, sizes[0] + 1).ToArray(), new Span<int>(layer.Live.Starts, sizes[0] + 1).ToArray());
                Assert.Equal(new Span<int>(expected.Columns, expected.Count).ToArray(), new Span<int>(layer.Live.Columns, expected.Count).ToArray());
                Expect.SameBits(new Span<float>(expected.Values, expected.Count).ToArray(), new Span<float>(layer.Live.Values, expected.Count).ToArray(), where);
            }
        }

        static void Before(long step, IReadOnlyList<PrunedLayer> layers)
        {
            var layer = layers[0];
            if (step is Prunes) layer.PruneBelow(new LayerThresholds(0.5f, 0.1f));
            if (step is PrunesLittle) layer.PruneBelow(new LayerThresholds(1e-6f, 0));
            if (step is PrunesLittle + 1) layer.PruneSimilar(s_similar);
            if (step is Grows) layer.DropAndGrow(layer.Mask.Count / 4);
            if (step is Grows + 1) layer.PruneBelow(new LayerThresholds(0.7f, 0.2f));
        }

        static void After(long step, IReadOnlyList<PrunedLayer> layers)
        {
            if (step is GrowsBehind) layers[0].DropAndGrow(layers[0].Mask.Count / 4);
            if (step is not RevivesBehind) return;
            layers[0].Prune(0);
            layers[0].Grow(0);
        }
    }

    /// <summary>What a strategy writes itself, before or after it grows weights, is packed anew by whoever reads it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public static void Step_StrategyThatWritesWeights_LeavesNoneOfTheMask(bool growsFirst)
    {
        var run = new PruningCase(new ScriptedStrategy { Before = Before, After = After });
        var layer = run.Add([17, 3, 3, 3], RandomTensor.Floats(17 * 27, seed: 1));
        for (var step = 0; step < 3; step++)
        {
            layer.WantsLive = true;
            run.Unit.Step(new MaskedSgd(), 0.01f);
            Assert.Equal(step != 1, layer.Live!.Version == layer.Mask.Version);
        }

        static void Before(long step, IReadOnlyList<PrunedLayer> layers)
        {
            if (step == 0) layers[0].Prune(3);
        }

        void After(long step, IReadOnlyList<PrunedLayer> layers)
        {
            if (step != 1) return;
            if (growsFirst) layers[0].Grow(3);
            layers[0].Weights.Span[5] = 7;
            layers[0].Touch();
            if (!growsFirst) layers[0].Grow(3);
        }
    }

    [Fact]
    public static void Step_WithoutUpdate_PacksWhatAnOptimiserLeft()
    {
        var run = new PruningCase(new ScriptedStrategy { Before = (step, layers) => layers[0].PruneBelow(new LayerThresholds(0.5f, 0)) });
        var layer = run.Add([17, 3, 3, 3], RandomTensor.Floats(17 * 27, seed: 1));
        layer.WantsLive = true;
        run.Unit.Step();
        Assert.InRange(layer.Mask.Count, 1, (17 * 27) - 1);
        Assert.Equal(run.Weights[0].Where(value => value != 0), new Span<float>(layer.Live!.Values, layer.Live.Count).ToArray());
    }

    [Fact]
    public static void Step_NobodyReadsThem_LeavesNone()
    {
        var run = new PruningCase(new ScriptedStrategy());
        var layer = run.Add([17, 3, 3, 3], RandomTensor.Floats(17 * 27, seed: 1));
        run.Unit.Step(new MaskedSgd(), 0.1f);
        Assert.Null(layer.Live);
        layer.WantsLive = true;
        run.Unit.Step(new MaskedSgd(), 0.1f);
        Assert.NotNull(layer.Live);
        run.Unit.Step(new MaskedSgd(), 0.1f);
        Assert.Null(layer.Live);
    }

    [Fact]
    public static void Traffic_StepThatPacks_CountsLiveWeightsAndNoWalkOverAll()
    {
        const long Weights = 64 * 72 * sizeof(float), Mask = 64 * 72 / 8, Left = 60 * 72 * sizeof(float);
        var run = new PruningCase(new ScriptedStrategy { Before = (step, layers) => Prune(step, layers[0]) });
        var layer = run.Add([64, 8, 3, 3], [.. Enumerable.Range(0, 64 * 72).Select(i => i / 72 < 4 ? 0.1f : 10)]);

        // The first step looks up the places.
        var update = new WeightTraffic((3 * Weights) + Mask, 2 * Weights);
        Assert.Equal(update + new WeightTraffic(Mask, Weights) + new WeightTraffic(Weights, Weights), Step());
        Assert.Equal(update + new WeightTraffic(Weights, Weights), Step());

        // One that prunes closes gaps: columns and values of what is left.
        Assert.Equal(update + new WeightTraffic(0, Mask) + new WeightTraffic(Left, Left) + new WeightTraffic(2 * Left, 3 * Left), Step());

        WeightTraffic Step()
        {
            layer.WantsLive = true;
            var before = run.Unit.Report.Traffic;
            run.Unit.Step(new MaskedSgd(), 0.1f);
            var after = run.Unit.Report.Traffic;
            return new WeightTraffic(after.Read - before.Read, after.Written - before.Written);
        }

        static void Prune(long step, PrunedLayer layer)
        {
            if (step == 2) layer.PruneBelow(new LayerThresholds(0.5f, 0));
        }
    }
}
