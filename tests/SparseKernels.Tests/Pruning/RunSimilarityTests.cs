using SparseKernels.Pruning;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Pruning;

public static class RunSimilarityTests
{
    [Fact]
    public static void PruneSimilar_ParallelRuns_PrunesTheWeakerOnly()
    {
        // Three filters of one input channel: b = −2a, c at right angles to both.
        float[] w = [1, 1, 1, 1, -2, -2, -2, -2, 1, -1, 1, -1];
        var (run, result) = Prune([3, 1, 2, 2], w, new() { Threshold = 0.99f });
        Assert.Equal(new SimilarityResult(3, 3, 1), result);
        run.ExpectKept(w, i => i >= 4);
    }

    [Fact]
    public static void PruneSimilar_EqualNorms_KeepsTheFirst()
    {
        float[] w = [1, 2, 1, 2, 1, 2, 1, 2];
        Prune([2, 1, 2, 2], w, new()).Run.ExpectKept(w, i => i < 4);
    }

    [Theory]
    [InlineData(0.7f, true)]
    [InlineData(0.72f, false)]
    public static void PruneSimilar_AngleOf45Degrees_DependsOnTheThreshold(float threshold, bool prunes)
    {
        // cos = 0.7071; the second is longer.
        float[] w = [1, 1, 0.001f, 0.001f, 0.0001f, 2, 0.001f, 0.001f];
        Assert.Equal(prunes ? 1 : 0, Prune([2, 1, 2, 2], w, new() { Threshold = threshold }).Result.RunsFound);
    }

    [Fact]
    public static void PruneSimilar_FewLiveWeights_AreLeftAlone()
    {
        float[] w = [1, 0, 0, 0, 2, 0, 0, 0, 1, 1, 1, 0, 2, 2, 2, 0];
        Assert.Equal(0, Prune([4, 1, 2, 2], w, new(), beforehand: Nothing).Result.RunsFound);
        Assert.Equal(1, Prune([4, 1, 2, 2], w, new() { MinimumLive = 3 }, beforehand: Nothing).Result.RunsFound);

        // Zeros that are not pruned are weights like others.
        Assert.Equal(2, Prune([4, 1, 2, 2], w, new()).Result.RunsFound);

        static bool Nothing(float value) => value == 0;
    }

    [Fact]
    public static void PruneSimilar_Chain_IsJudgedByTheWeightsAsTheyWere()
    {
        // a ∥ b ∥ c by 20° each, norms falling: b goes for a, c for b though b goes itself; c and a are 40° apart.
        var w = new float[12];
        for (var i = 0; i < 3; i++)
        {
            var (sin, cos) = Math.SinCos(i * Math.PI / 9);
            (w[4 * i], w[4 * i + 1], w[4 * i + 2], w[4 * i + 3]) = ((float)((3 - i) * cos), (float)((3 - i) * cos), (float)((3 - i) * sin), (float)((3 - i) * sin));
        }

        Prune([3, 1, 2, 2], w, new() { Threshold = 0.9f, MinimumLive = 2 }).Run.ExpectKept(w, i => i < 4);
    }

    [Fact]
    public static void PruneSimilar_NaNAndInfinity_AreNeverPruned()
    {
        float[] w = [1, 1, 1, float.NaN, 1, 1, 1, 1, 2, 2, 2, float.PositiveInfinity];
        var (run, result) = Prune([3, 1, 2, 2], w, new() { Threshold = 0.5f });
        Assert.Equal(0, result.RunsFound);
        run.ExpectKept(w, _ => true);
    }

    [Fact]
    public static void PruneSimilar_ConvolutionGroups_AreNotCompared()
    {
        float[] w = [.. Enumerable.Repeat(1f, 4 * 4)];
        var (run, result) = Prune([4, 1, 2, 2], w, new(), groups: 2);
        Assert.Equal(new SimilarityResult(2, 2, 2), result);
        run.ExpectKept(w, i => i / 4 is 0 or 2);
        Assert.Equal(new SimilarityResult(0, 0, 0), Prune([4, 1, 2, 2], w, new(), groups: 4).Result);

        // Blocks of two channels: the middle one of three would span both convolution groups of three channels.
        float[] six = [.. Enumerable.Repeat(1f, 6 * 4)];
        Assert.Equal(0, Prune([6, 1, 2, 2], six, new() { Group = new(2, true) }, groups: 2).Result.PairsPossible);
    }

    /// <summary>Against a plain loop over all pairs and runs, with any geometry.</summary>
    [Theory]
    [InlineData(1, 3, 3, 3, 1, true, 1)]
    [InlineData(24, 20, 3, 3, 1, true, 1)]
    [InlineData(24, 20, 3, 3, 1, false, 2)]
    [InlineData(21, 9, 1, 1, 1, true, 6)]
    [InlineData(21, 5, 3, 2, 4, true, 1)]
    public static void PruneSimilar_RandomWeights_IsWhatAPlainLoopSays(
        int k, int c, int r, int s, int outputs, bool wholeFilter, int inputs)
    {
        var w = RandomTensor.Floats(k * c * r * s, seed: k * c);
        var rule = new SimilarityRule { Group = new(outputs, wholeFilter, inputs), Threshold = outputs > 1 ? 0.35f : 0.75f };
        var expected = PlainLoop(w, k, c, r, s, rule);
        var (run, result) = Prune([k, c, r, s], w, rule);
        run.ExpectKept(w, i => !expected.Contains(i));
        Assert.True(k == 1 || result.RunsFound > 0, "the case prunes nothing, so it says nothing");
        var (again, _) = Prune([k, c, r, s], w, rule, threads: 1);
        Expect.SameBits(run.Weights[0], again.Weights[0], "1 thread");
    }

    [Fact]
    public static void PruneSimilar_Samples_CompareAShareAndReachWhatAllPairsReach()
    {
        // 40 channels in 10 bundles of 4 nearly parallel ones: the strongest of each bundle may stay.
        var random = new Random(5);
        var bundles = RandomTensor.Floats(10 * 6 * 9, seed: 5);
        var w = new float[40 * 6 * 9];
        for (var i = 0; i < w.Length; i++)
            w[i] = bundles[i % bundles.Length] * (1 + (i / bundles.Length)) + (random.NextSingle() - 0.5f) * 1e-3f;
        var rule = new SimilarityRule { Threshold = 0.95f };
        var all = Prune([40, 6, 3, 3], w, rule);
        Assert.Equal(6 * 40 * 39 / 2, all.Result.PairsCompared);

        var sampled = new PruningCase(new ScriptedStrategy());
        var layer = sampled.Add([40, 6, 3, 3], w);
        var first = layer.PruneSimilar(rule with { Share = 0.2 });
        Assert.Equal((6 * 8 * 7 / 2, 6 * 40 * 39 / 2), (first.PairsCompared, first.PairsPossible));
        for (var period = 1; period < 100; period++) layer.PruneSimilar(rule with { Share = 0.2, Period = period });
        Assert.Equal(all.Run.Unit.Layers[0].Mask.Count, layer.Mask.Count);
        Assert.Equal(100 * 6 * 28, layer.Report.PairsCompared);
        Assert.Equal(all.Result.RunsFound, layer.Report.SimilarRunsPruned);
    }

    [Fact]
    public static void BadArguments_AreNamed()
    {
        Assert.Contains("Threshold", Assert.Throws<ArgumentOutOfRangeException>(() => new SimilarityRule { Threshold = 0 }).Message);
        Assert.Contains("Threshold", Assert.Throws<ArgumentOutOfRangeException>(() => new SimilarityRule { Threshold = 1 }).Message);
        Assert.Contains("Share", Assert.Throws<ArgumentOutOfRangeException>(() => new SimilarityRule { Share = 0 }).Message);
        Assert.Contains("Share", Assert.Throws<ArgumentOutOfRangeException>(() => new SimilarityRule { Share = double.NaN }).Message);
        Assert.Contains("Period", Assert.Throws<ArgumentOutOfRangeException>(() => new SimilarityRule { Period = -1 }).Message);
        Assert.Contains("MinimumLive", Assert.Throws<ArgumentOutOfRangeException>(() => new SimilarityRule { MinimumLive = 1 }).Message);
        var layer = new PruningCase(new ScriptedStrategy()).Add([2, 3, 1, 1], new float[6]);
        Assert.Throws<ArgumentNullException>("rule", () => layer.PruneSimilar(null!));
        Assert.Throws<ArgumentOutOfRangeException>("threads", () => layer.PruneSimilar(new(), threads: 0));
        Assert.Throws<ArgumentOutOfRangeException>("group", () => layer.PruneSimilar(new() { Group = new(0) }));
    }

    private static (PruningCase Run, SimilarityResult Result) Prune(
        int[] sizes, float[] w, SimilarityRule rule, int groups = 1, int threads = 3, Func<float, bool>? beforehand = null)
    {
        var run = new PruningCase(new ScriptedStrategy());
        var layer = run.Add(sizes, w, groups: groups);
        for (var i = 0; beforehand is not null && i < w.Length; i++)
        {
            if (beforehand(w[i])) layer.Prune(i);
        }

        return (run, layer.PruneSimilar(rule, threads));
    }

    private static HashSet<int> PlainLoop(float[] w, int k, int c, int r, int s, SimilarityRule rule)
    {
        var runs = new Dictionary<(int Block, int Place), List<int>>();
        for (var i = 0; i < w.Length; i++)
        {
            var place = i / (r * s) % c / rule.Group.InputChannels * r + (rule.Group.WholeFilter ? 0 : i / s % r);
            var key = (i / (c * r * s) / rule.Group.OutputChannels, place);
            if (!runs.TryGetValue(key, out var members)) runs.Add(key, members = []);
            members.Add(i);
        }

        var pruned = new HashSet<int>();
        foreach (var (a, x) in runs)
        {
            foreach (var (b, y) in runs)
            {
                if (a.Place != b.Place || a.Block >= b.Block || x.Count < rule.MinimumLive || y.Count < rule.MinimumLive) continue;
                var (nx, ny) = (Math.Sqrt(x.Sum(i => (double)w[i] * w[i])), Math.Sqrt(y.Sum(i => (double)w[i] * w[i])));
                if (Math.Abs(x.Zip(y, (i, j) => (double)w[i] * w[j]).Sum()) / (nx * ny) > rule.Threshold) pruned.UnionWith(nx < ny ? x : y);
            }
        }

        return pruned;
    }
}
