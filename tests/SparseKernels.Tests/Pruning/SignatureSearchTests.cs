using SparseKernels.Pruning;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Pruning;

public static class SignatureSearchTests
{
    private static readonly SimilarityRule s_signatures = new() { Search = SimilaritySearch.Signatures, Threshold = 0.9f };

    /// <summary>Dense weights, where signatures are signs alone, and without the smallest half, where they are live weights too.</summary>
    [Theory]
    [InlineData(64, 0, 0.7)]
    [InlineData(128, 0, 0.8)]
    [InlineData(256, 0, 0.8)]
    [InlineData(256, 0.5f, 0.9)]
    public static void FindSimilar_RandomWeights_FindsMostOfAllPairsWithATwentiethOfTheWork(int k, float zeros, double least)
    {
        var layer = Layer(k, 64, zeros);
        var all = layer.FindSimilar(s_signatures with { Search = SimilaritySearch.Channels });
        var few = layer.FindSimilar(s_signatures);
        Assert.True(all.RunsFound > 20, "the case finds nothing, so it says nothing");
        Assert.Equal(64L * k * (k - 1) / 2, all.PairsPossible);
        Assert.Equal((all.PairsPossible, all.PairsPossible), (all.PairsCompared, few.PairsPossible));
        Assert.InRange(few.PairsCompared, 1, 0.05 * few.PairsPossible);
        Assert.InRange(few.RunsFound, least * all.RunsFound, all.RunsFound);

        // As many pairs of a sample of channels find next to nothing.
        var sampled = layer.FindSimilar(s_signatures with { Search = SimilaritySearch.Channels, Share = Math.Sqrt(0.05) });
        Assert.True(sampled.RunsFound < 0.2 * all.RunsFound, $"{sampled.RunsFound} of {all.RunsFound}");
    }

    [Fact]
    public static void PruneSimilar_Signatures_PrunesTheWeakerOfParallelAndOppositeRunsOnAnyThreads()
    {
        float[] w = [1, 2, 3, 4, -2, -4, -6, -8, 1, -1, 1, -1, 3, 0, -3, 1];
        var run = new PruningCase(new ScriptedStrategy());
        var layer = run.Add([4, 1, 2, 2], w);
        var rule = s_signatures with { Threshold = 0.99f, Work = 1 };
        var found = layer.FindSimilar(rule);
        Assert.Equal(new SimilarityResult(found.PairsCompared, 6, 1), found);
        run.ExpectKept(w, _ => true);
        Assert.Equal(found, layer.PruneSimilar(rule));
        run.ExpectKept(w, i => i >= 4);

        var (one, three) = (new PruningCase(new ScriptedStrategy()), new PruningCase(new ScriptedStrategy()));
        foreach (var (many, threads) in new[] { (one, 1), (three, 3) })
            many.Add([70, 40, 3, 3], RandomTensor.Floats(70 * 360, seed: 3)).PruneSimilar(s_signatures, threads);
        Expect.SameBits(one.Weights[0], three.Weights[0], "3 threads");
        Assert.Contains(0f, one.Weights[0]);
    }

    [Fact]
    public static void FindSimilar_NaNAndConvolutionGroups_AreLeftAlone()
    {
        float[] w = [1, 1, 1, float.NaN, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, float.PositiveInfinity];
        var rule = s_signatures with { Work = 1 };
        Assert.Equal(1, new PruningCase(new ScriptedStrategy()).Add([4, 1, 2, 2], w).FindSimilar(rule).RunsFound);
        Assert.Equal(0, new PruningCase(new ScriptedStrategy()).Add([4, 1, 2, 2], w, groups: 2).FindSimilar(rule).RunsFound);
    }

    /// <summary>Runs of more than 16 weights are folded.</summary>
    [Fact]
    public static void FindSimilar_LongRuns_FindsWhatAllPairsFind()
    {
        var random = RandomTensor.Floats(64 * 8 * 25, seed: 7);
        for (var k = 32; k < 64; k++)
        {
            for (var i = 0; i < 200; i++) random[k * 200 + i] = (-2 * random[(k - 32) * 200 + i]) + (0.1f * random[k * 200 + i]);
        }

        var layer = new PruningCase(new ScriptedStrategy()).Add([64, 8, 5, 5], random);
        var rule = s_signatures with { Work = 0.5 };
        var all = layer.FindSimilar(rule with { Search = SimilaritySearch.Channels }).RunsFound;
        Assert.True(all >= 32 * 8);
        Assert.InRange(layer.FindSimilar(rule).RunsFound, 0.9 * all, all);
    }

    /// <summary>In a layer of few channels signatures alone are a quarter of all pairs: other places in each period.</summary>
    [Theory]
    [InlineData(16, 40)]
    [InlineData(5, 3)]
    public static void FindSimilar_FewOutputChannels_GoesThroughPlacesPeriodByPeriod(int k, int c)
    {
        var w = new float[k * c * 9];
        for (var i = 0; i < w.Length; i++) w[i] = (i / (c * 9) + 1) * (1 + i % 9);
        var layer = new PruningCase(new ScriptedStrategy()).Add([k, c, 3, 3], w);
        var (work, possible) = (0L, 0L);
        for (var period = 0; period < 200; period++)
        {
            for (var round = 0; round < 3; round++)
            {
                var result = layer.PruneSimilar(s_signatures with { Rounds = 3, Round = round, Period = period });
                (work, possible) = (work + result.PairsCompared, possible + result.PairsPossible);
            }
        }

        Assert.Equal(200L * c * k * (k - 1) / 2, possible);
        Assert.InRange(work, 1, 0.05 * possible);
        Assert.True(layer.Mask.Count <= 2 * 9 * c, $"{layer.Mask.Count / 9} runs are left");
    }

    [Fact]
    public static void BadArguments_AreNamed()
    {
        Assert.Contains("Search", Assert.Throws<ArgumentOutOfRangeException>(() => new SimilarityRule { Search = (SimilaritySearch)2 }).Message);
        Assert.Contains("Work", Assert.Throws<ArgumentOutOfRangeException>(() => new SimilarityRule { Work = 0 }).Message);
        Assert.Contains("Rounds", Assert.Throws<ArgumentOutOfRangeException>(() => new SimilarityRule { Rounds = 0 }).Message);
        Assert.Contains("Round", Assert.Throws<ArgumentOutOfRangeException>(() => new SimilarityRule { Round = -1 }).Message);
        var layer = new PruningCase(new ScriptedStrategy()).Add([2, 3, 1, 1], new float[6]);
        Assert.Throws<ArgumentNullException>("rule", () => layer.FindSimilar(null!));
        Assert.Throws<ArgumentOutOfRangeException>("threads", () => layer.FindSimilar(new(), threads: 0));
        Assert.Equal(default, layer.FindSimilar(new() { Rounds = 2, Round = 2 }));
    }

    private static PrunedLayer Layer(int k, int c, float zeros)
    {
        var w = RandomTensor.Floats(k * c * 9, seed: k);
        var layer = new PruningCase(new ScriptedStrategy()).Add([k, c, 3, 3], w);
        for (var i = 0; i < w.Length; i++)
        {
            if (Math.Abs(w[i]) < zeros) layer.Prune(i);
        }

        return layer;
    }
}
