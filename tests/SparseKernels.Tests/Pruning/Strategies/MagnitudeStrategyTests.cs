using SparseKernels.Pruning.Strategies;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Pruning.Strategies;

public static class MagnitudeStrategyTests
{
    [Theory]
    [InlineData(MagnitudeScope.Layer)]
    [InlineData(MagnitudeScope.Global)]
    public static void OneShot_AtItsStep_PrunesTheWeightsOfLeastMagnitudeToTheWeight(MagnitudeScope scope)
    {
        var run = new PruningCase(new OneShotMagnitude(0.7, step: 1, scope));
        run.Add([20, 7, 3, 3], RandomTensor.Floats(20 * 63, seed: 1));
        run.Add([11, 3], [.. RandomTensor.Floats(33, seed: 2).Select(w => w * 0.1f)]);
        float[][] before = [.. run.Weights.Select(w => w.ToArray())];
        Assert.False(run.Unit.Step());
        Assert.Equal(0, run.Unit.Report.Sparsity);
        Assert.True(run.Unit.Step());
        if (scope == MagnitudeScope.Layer)
        {
            for (var layer = 0; layer < 2; layer++) ExpectGone(
                before[layer], run.Weights[layer], (int)Math.Round(0.7 * before[layer].Length));
        }
        else
        {
            ExpectGone([.. before[0], .. before[1]], [.. run.Weights[0], .. run.Weights[1]], (int)Math.Round(0.7 * (1260 + 33)));
            Assert.True(run.Unit.Layers[1].Sparsity > run.Unit.Layers[0].Sparsity);
        }

        Assert.False(run.Unit.Step());
        for (var layer = 0; layer < 2; layer++)
        {
            for (var i = 0; i < before[layer].Length; i++)
            {
                Assert.Equal(run.Weights[layer][i] != 0, run.Unit.Layers[layer].Mask[i]);
                Assert.Equal(run.Weights[layer][i] != 0 ? 1f : 0f, run.Momenta[layer][i]);
            }
        }
    }

    [Fact]
    public static void OneShot_BalancedScope_ComparesInEachLayersUnit()
    {
        var run = new PruningCase(new OneShotMagnitude(0.6, step: 0, MagnitudeScope.Balanced));
        float[] large = [.. RandomTensor.Floats(400, seed: 1).Select(w => w * 9)], small = RandomTensor.Floats(900, seed: 2);
        run.Add([20, 20], large);
        run.Add([30, 30], small);
        double unit = Math.Sqrt(Rms(large)), smallUnit = Math.Sqrt(Rms(small));
        var cut = large.Select(w => Math.Abs(w) / unit).Concat(small.Select(w => Math.Abs(w) / smallUnit)).Order().ElementAt(
            (int)(0.6 * 1300));
        run.Unit.Step();
        Assert.Equal(0.6, run.Unit.Report.Sparsity, 4);
        for (var i = 0; i < large.Length; i++) Assert.Equal(Math.Abs(large[i]) / unit >= cut * 0.9999, run.Weights[0][i] != 0);
        for (var i = 0; i < small.Length; i++) Assert.Equal(Math.Abs(small[i]) / smallUnit >= cut * 0.9999, run.Weights[1][i] != 0);

        static double Rms(float[] w) => Math.Sqrt(w.Average(value => (double)value * value));
    }

    [Fact]
    public static void OneShot_TiesNaNAndInfinity_TakesTheFirstOfEqualsAndTheStrangeLast()
    {
        float[] w = [1, -1, 1, float.NaN, -1, 1, float.NegativeInfinity, 1, 1, 2];
        var run = new PruningCase(new OneShotMagnitude(0.4, step: 0));
        run.Add([10, 1], w);
        run.Unit.Step();
        run.ExpectKept(w, i => i is 3 or >= 5);

        var rest = new PruningCase(new OneShotMagnitude(0.9, step: 0));
        rest.Add([10, 1], w);
        rest.Unit.Step();
        rest.ExpectKept(w, i => i == 3);
    }

    [Fact]
    public static void OneShot_MorePrunedAlready_ChangesNothing()
    {
        var run = new PruningCase(new OneShotMagnitude(0.4, step: 0));
        var layer = run.Add([10, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        for (var i = 4; i < 9; i++) layer.Prune(i);
        run.Unit.Step();
        Assert.Equal(5, layer.Mask.Count);
        Assert.True(layer.Mask[0]);
    }

    [Fact]
    public static void Gradual_Schedule_IsZhuAndGuptasCubic()
    {
        var schedule = new GradualMagnitude(final: 0.9, begin: 100, end: 500, interval: 50, initial: 0.1);
        Assert.Equal(0, schedule.SparsityAt(99));
        Assert.Equal(0.1, schedule.SparsityAt(100), 12);
        Assert.Equal(0.9 - (0.8 * 27 / 64), schedule.SparsityAt(200), 12);
        Assert.Equal(0.9 - (0.8 / 8), schedule.SparsityAt(300), 12);
        Assert.Equal(0.9, schedule.SparsityAt(500), 12);
        Assert.Equal(0.9, schedule.SparsityAt(9000), 12);
    }

    [Fact]
    public static void Gradual_Steps_PruneEveryIntervalAndAtTheEndAndThenNoMore()
    {
        var schedule = new GradualMagnitude(final: 0.8, begin: 2, end: 9, interval: 3, initial: 0.2, MagnitudeScope.Layer);
        var run = new PruningCase(schedule);
        var layer = run.Add([1000, 1], RandomTensor.Floats(1000, seed: 2));
        var changes = new List<long>();
        for (var step = 0L; step < 15; step++)
        {
            if (!run.Unit.Step()) continue;
            changes.Add(step);
            Assert.Equal(Math.Round(1000 * schedule.SparsityAt(step)), 1000 - layer.Mask.Count);
        }

        Assert.Equal([2, 5, 8, 9], changes);
        Assert.Equal(200, layer.Mask.Count);
    }

    [Fact]
    public static void BadArguments_AreNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>("sparsity", () => new OneShotMagnitude(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("sparsity", () => new OneShotMagnitude(double.NaN, 0));
        Assert.Throws<ArgumentOutOfRangeException>("step", () => new OneShotMagnitude(0.5, -1));
        Assert.Throws<ArgumentOutOfRangeException>("scope", () => new OneShotMagnitude(0.5, 0, (MagnitudeScope)3));
        Assert.Throws<ArgumentOutOfRangeException>("final", () => new GradualMagnitude(-0.1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>("begin", () => new GradualMagnitude(0.5, -1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("end", () => new GradualMagnitude(0.5, 5, 5));
        Assert.Throws<ArgumentOutOfRangeException>("interval", () => new GradualMagnitude(0.5, 0, 5, 0));
        Assert.Throws<ArgumentOutOfRangeException>("initial", () => new GradualMagnitude(0.5, 0, 5, 1, 0.6));
        Assert.Throws<ArgumentOutOfRangeException>("scope", () => new GradualMagnitude(0.5, 0, 5, 1, 0, (MagnitudeScope)(-1)));
    }

    private static void ExpectGone(float[] before, float[] after, int count)
    {
        var gone = before.Select((value, i) => (Magnitude: Math.Abs(value), i)).OrderBy(pair => pair.Magnitude).Take(count).Select(pair => pair.i).ToHashSet();
        for (var i = 0; i < before.Length; i++) Assert.Equal(gone.Contains(i) ? 0 : before[i], after[i]);
    }
}
