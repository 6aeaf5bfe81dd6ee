using SparseKernels.Sparsity;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Pruning.Strategies;

public static class ThresholdPruningTests
{
    public static TheoryData<int, int, int, int> Sizes { get; } = new()
    {
        { 1, 1, 1, 1 },
        { 1, 3, 3, 3 },
        { 17, 5, 3, 3 },
        { 20, 7, 1, 1 },
        { 128, 1, 3, 3 },
        { 33, 40, 5, 2 },
        { 300, 70, 3, 3 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public static void Fine_AnySizes_PrunesWhatIsStrictlyUnderTheThreshold(int k, int c, int r, int s)
    {
        var w = RandomTensor.Floats(k * c * r * s, seed: k + c);
        w[0] = 0.5f;
        if (w.Length > 5) (w[1], w[2], w[3], w[4], w[5]) = (-0.5f, MathF.BitDecrement(0.5f), -MathF.BitDecrement(0.5f), float.NaN, 0);
        var run = PruningCase.Pruned([k, c, r, s], w, new(Fine: 0.5f, Coarse: 0));
        run.ExpectKept(w, i => !(Math.Abs(w[i]) < 0.5f));
        var report = run.Unit.Layers[0].Report;
        Assert.Equal(w.Count(value => Math.Abs(value) < 0.5f), report.WeightsPruned);
        Assert.Equal(w.Length - report.WeightsPruned, report.LiveWeights);
        Assert.Equal(0, report.RunsPruned);
    }

    public static TheoryData<int, int, int, int, CoarseGroup> Groups
    {
        get
        {
            var data = new TheoryData<int, int, int, int, CoarseGroup>();
            foreach (var (k, c, r, s) in ((int, int, int, int)[])[(1, 3, 3, 3), (17, 5, 3, 3), (40, 7, 1, 1), (128, 1, 3, 3), (33, 20, 3, 2), (300, 70, 3, 3)])
            {
                foreach (var group in (CoarseGroup[])[CoarseGroup.Default, new(1), new(1, true), new(1, true, 4), new(7, false, 2), new(64, true), new(int.MaxValue, true, int.MaxValue)])
                    data.Add(k, c, r, s, group);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public static void Coarse_AnyGroup_PrunesGroupsWhoseRootMeanSquareIsUnderTheThreshold(int k, int c, int r, int s, CoarseGroup group)
    {
        var w = RandomTensor.Integers(k * c * r * s, seed: k + s, density: 0.7);
        if (w.Length > 40) w[39] = float.NaN;
        const float Threshold = 2.5f;
        var groups = GroupsOf(w, c, r, s, group);
        var dead = groups.Where(pair => Math.Sqrt(pair.Value.Average(i => (double)w[i] * w[i])) < Threshold).ToArray();
        var pruned = dead.SelectMany(pair => pair.Value).ToHashSet();
        var run = PruningCase.Pruned([k, c, r, s], w, new(Fine: 0, Coarse: Threshold), group);
        run.ExpectKept(w, i => !pruned.Contains(i));
        var report = run.Unit.Layers[0].Report;
        Assert.Equal(dead.Length, report.RunsPruned);
        Assert.Equal(0, report.WeightsPruned);
        Assert.Equal(groups.Count, report.Groups);
        Assert.Equal(groups.Count - dead.Length, report.LiveGroups);
        Assert.Equal(pruned.Count, report.WeightsInDeadGroups);
        if (pruned.Count > 0) Assert.Equal(1, report.CoarseShare);
    }

    [Fact]
    public static void Coarse_RootMeanSquareAtTheThreshold_Stays()
    {
        // Two runs of three weights: 3, 3, 3 with root mean square 3, and one a hair smaller.
        float[] w = [3, 3, 3, 3, 3, 2.9999998f];
        var run = PruningCase.Pruned([2, 1, 1, 3], w, new(Fine: 0, Coarse: 3), new CoarseGroup(1));
        run.ExpectKept(w, i => i < 3);
    }

    [Fact]
    public static void CoarseThenFine_Together_PrunesRunsFirstAndSingleWeightsOfTheRest()
    {
        float[] w = [0.1f, 0.2f, 0.1f, 5, 0.1f, 5];
        var run = PruningCase.Pruned([2, 1, 1, 3], w, new(Fine: 0.15f, Coarse: 1), new CoarseGroup(1));
        run.ExpectKept(w, i => i is 3 or 5);
        var report = run.Unit.Layers[0].Report;
        Assert.Equal((1, 1), (report.RunsPruned, report.WeightsPruned));
        Assert.Equal(3 / 4.0, report.CoarseShare);

        // A run that would be under its threshold only without the weights that go one by one stays.
        float[] edge = [0.9f, 0.9f, 1.1f];
        PruningCase.Pruned([1, 1, 1, 3], edge, new(Fine: 1, Coarse: 0.9f), new CoarseGroup(1)).ExpectKept(edge, i => i == 2);
    }

    [Fact]
    public static void Coarse_RunsThatAreDeadAlready_AreNotCountedAgain()
    {
        var run = new PruningCase(new ScriptedStrategy { Before = (_, layers) => layers[0].PruneBelow(new(0, 1)) });
        run.Add([2, 1, 1, 3], [0.1f, 0.2f, 0.1f, 5, 5, 5], new CoarseGroup(1));
        run.Unit.Step();
        run.Unit.Step();
        Assert.Equal(1, run.Unit.Layers[0].Report.RunsPruned);
    }

    [Fact]
    public static void Factors_PerInputChannel_MoveBothThresholds()
    {
        // Channels a, b, c: factors 0, 1, 2.
        float[] w = [0.5f, 0.5f, 0.5f, 0.5f, 1.5f, 1.5f];
        PruningCase.Pruned([1, 3, 1, 2], w, new(1, 0), factors: [0, 1, 2]).ExpectKept(w, i => i < 2);
        PruningCase.Pruned([1, 3, 1, 2], w, new(0, 1), new CoarseGroup(1), [0, 1, 2]).ExpectKept(w, i => i < 2);

        // A group of two channels takes the mean of their factors, 1/2; the last channel is alone with 2.
        float[] pairs = [0.4f, 0.4f, 0.4f, 0.4f, 2.5f, 2.5f, 0.6f, 0.6f, 0.4f, 0.4f, 1.5f, 1.5f];
        PruningCase.Pruned([2, 3, 1, 2], pairs, new(0, 1), new CoarseGroup(1, false, 2), [0, 1, 2]).ExpectKept(
            pairs, i => i is >= 4 and < 10);
    }

    [Fact]
    public static void AllZeroLayer_AnyThreshold_IsPrunedAndHasNoScale()
    {
        var run = PruningCase.Pruned([20, 3, 3, 3], new float[20 * 27], new(Fine: 1e-30f, Coarse: 0));
        Assert.Equal(0, run.Unit.Layers[0].Mask.Count);
        Assert.Equal(0, run.Unit.Layers[0].Rms);
    }

    [Fact]
    public static void ThresholdsOfZero_PruneNothing()
    {
        var run = new PruningCase(new ScriptedStrategy { Before = (_, layers) => layers[0].PruneBelow(new(0, 0)) });
        var layer = run.Add([4, 3, 3, 3], new float[4 * 27]);
        Assert.False(run.Unit.Step());
        Assert.Equal(4 * 27, layer.Mask.Count);
    }

    [Fact]
    public static void Threshold_SetOnce_AppliesToOneStep()
    {
        var run = new PruningCase(new ScriptedStrategy
        {
            Before = (step, layers) =>
            {
                if (step == 0) layers[0].PruneBelow(new(1, 0));
            },
        });
        run.Add([1, 1, 1, 2], [0.5f, 2]);
        Assert.True(run.Unit.Step());
        run.Weights[0][1] = 0.5f;
        Assert.False(run.Unit.Step());
        Assert.Equal(0.5f, run.Weights[0][1]);
    }

    [Fact]
    public static void Rms_OfAPrunedLayer_CountsThePrunedAsZeros()
    {
        float[] w = [3, 1, 4, 1];
        var run = PruningCase.Pruned([1, 1, 2, 2], w, new(2, 0));
        Assert.Equal(2.5, run.Unit.Layers[0].Rms, 6);
        run.Weights[0][0] = 0;
        Assert.Equal(2.5, run.Unit.Layers[0].Rms, 6);
        run.Unit.Layers[0].Touch();
        Assert.Equal(2, run.Unit.Layers[0].Rms, 6);
    }

    [Fact]
    public static void BadArguments_AreNamed()
    {
        var layer = new PruningCase(new ScriptedStrategy()).Add([2, 3, 1, 1], new float[6]);
        Assert.Throws<ArgumentOutOfRangeException>("thresholds", () => layer.PruneBelow(new(-1, 0)));
        Assert.Throws<ArgumentOutOfRangeException>("thresholds", () => layer.PruneBelow(new(0, float.NaN)));
        Assert.Throws<ArgumentOutOfRangeException>("thresholds", () => layer.PruneBelow(new(float.PositiveInfinity, 0)));
        Assert.Throws<ArgumentException>("factors", () => layer.PruneBelow(new(0, 0), [1, 1]));
        Assert.Throws<ArgumentOutOfRangeException>("factors", () => layer.PruneBelow(new(0, 0), [1, 1, float.NaN]));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => layer.Prune(6));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => layer.Grow(-1));
    }

    private static Dictionary<(int, int, int), List<int>> GroupsOf(float[] w, int c, int r, int s, CoarseGroup group)
    {
        var groups = new Dictionary<(int, int, int), List<int>>();
        for (var i = 0; i < w.Length; i++)
        {
            var key = (i / (c * r * s) / group.OutputChannels, i / (r * s) % c / group.InputChannels, group.WholeFilter ? 0 : i / s % r);
            if (!groups.TryGetValue(key, out var members)) groups.Add(key, members = []);
            members.Add(i);
        }

        return groups;
    }
}
