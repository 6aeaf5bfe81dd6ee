using SparseKernels.Pruning.Strategies;
using SparseKernels.Sparsity;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Pruning.Strategies;

public static class PruneHarmTests
{
    private const int Outputs = 32, Inputs = 24;

    private static readonly AccuracyGatedOptions s_gradient = new()
    {
        Harm = PruneHarm.Gradient,
        Scope = MagnitudeScope.Layer,
        FineThreshold = 0.5f,
        CoarseThreshold = 0,
        CoarseStep = 0,
        SimilarityWork = 0,
        BalanceStrength = 0,
    };

    /// <summary>Gradients of 1, of 2 in odd output channels, of 3 times that in the last input channels.</summary>
    private static float[] Gradients { get; } =
        [.. Enumerable.Range(0, Outputs * Inputs).Select(i => (i % 3 == 0 ? -1f : 1f) * (i / Inputs % 2 == 0 ? 1 : 2) * (i % Inputs < 16 ? 1 : 3))];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public static void Gradient_OfChannels_LowersTheirThresholds(bool optimiserKnows)
    {
        var w = RandomTensor.Floats(Outputs * Inputs, seed: 1);
        var run = new PruningCase(new AccuracyGatedPruning(s_gradient));
        var layer = run.Add([Outputs, Inputs], w);

        // What an optimiser keeps counts, not one batch's gradient.
        if (optimiserKnows) layer.SquaredGradient = Array.ConvertAll(Gradients, g => g * g);
        Array.Copy(optimiserKnows ? RandomTensor.Floats(w.Length, seed: 2) : Gradients, run.Gradients[0], w.Length);
        run.Unit.OnEvaluation(50);
        run.Unit.Step();
        var (all, rms) = (Rms(Gradients), Rms(w));
        for (var i = 0; i < w.Length; i++)
        {
            var output = Rms(Gradients.Where((_, at) => at / Inputs == i / Inputs));
            var input = Rms(Gradients.Where((_, at) => at % Inputs == i % Inputs));
            var expected = 0.5 * rms * (all / output) * (all / input);
            Assert.Equal(Math.Abs(w[i]) < expected ? 0 : w[i], run.Weights[0][i]);
        }
    }

    [Fact]
    public static void Gradient_OfGroups_LowersTheThresholdOfTheirRootMeanSquare()
    {
        var w = RandomTensor.Floats(Outputs * Inputs, seed: 1);
        var run = new PruningCase(new AccuracyGatedPruning(s_gradient with { FineThreshold = 0, FineStep = 0, CoarseThreshold = 0.9f }));
        run.Add([Outputs, Inputs], w, new CoarseGroup(2));
        Array.Copy(Gradients, run.Gradients[0], w.Length);
        run.Unit.OnEvaluation(50);
        run.Unit.Step();
        var (all, rms, dead) = (Rms(Gradients), Rms(w), 0);
        for (var k = 0; k < Outputs; k += 2)
        {
            for (var c = 0; c < Inputs; c++)
            {
                // An even and an odd output channel.
                var outputs = new[] { k, k + 1 }.Average(row => all / Rms(Gradients.Where((_, at) => at / Inputs == row)));
                var input = all / Rms(Gradients.Where((_, at) => at % Inputs == c));
                var goes = Rms([w[(k * Inputs) + c], w[((k + 1) * Inputs) + c]]) < 0.9 * rms * outputs * input;
                Assert.Equal(goes ? (0, 0) : (w[(k * Inputs) + c], w[((k + 1) * Inputs) + c]), (run.Weights[0][(k * Inputs) + c], run.Weights[0][((k + 1) * Inputs) + c]));
                if (goes) dead++;
            }
        }

        Assert.InRange(dead, 20, (Outputs / 2 * Inputs) - 20);
    }

    /// <summary>Layers alike but for their gradients, 1 and 2: thresholds as √2 and 1/√2 of what they are by magnitude.</summary>
    [Fact]
    public static void Gradient_OfLayers_PrunesMoreWhereItIsSmall()
    {
        var w = RandomTensor.Floats(Outputs * Inputs, seed: 1);
        var run = new PruningCase(new AccuracyGatedPruning(s_gradient));
        foreach (var gradient in (float[])[1, 2])
        {
            run.Add([Outputs, Inputs], w);
            Array.Fill(run.Gradients[^1], gradient);
        }

        run.Unit.OnEvaluation(50);
        run.Unit.Step();
        foreach (var (layer, factor) in new[] { (0, Math.Sqrt(2)), (1, Math.Sqrt(0.5)) })
            Assert.Equal(Array.ConvertAll(w, value => Math.Abs(value) < 0.5 * Rms(w) * factor ? 0 : value), run.Weights[layer]);
    }

    [Fact]
    public static void Gradient_Extreme_FactorsStayWithinTwo()
    {
        var w = RandomTensor.Floats(Outputs * Inputs, seed: 1);
        var run = new PruningCase(new AccuracyGatedPruning(s_gradient));
        run.Add([Outputs, Inputs], w);

        // All of it in one output channel.
        for (var c = 0; c < Inputs; c++) run.Gradients[0][c] = 1000;
        run.Unit.OnEvaluation(50);
        run.Unit.Step();
        Assert.Equal(
            w.Select((value, i) => Math.Abs(value) < 0.5 * Rms(w) * (i < Inputs ? 0.5 : 2) ? 0 : value), run.Weights[0]);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(float.NaN)]
    public static void Gradient_Unknown_IsAsMagnitude(float gradient)
    {
        var w = RandomTensor.Floats(Outputs * Inputs, seed: 1);
        var weights = new[] { PruneHarm.Magnitude, PruneHarm.Gradient }.Select(harm =>
        {
            var run = new PruningCase(new AccuracyGatedPruning(s_gradient with { Harm = harm }));
            run.Add([Outputs, Inputs], w);
            Array.Fill(run.Gradients[0], gradient);
            run.Unit.OnEvaluation(50);
            Assert.True(run.Unit.Step());
            return run.Weights[0];
        }).ToArray();
        Assert.Equal(weights[0], weights[1]);
    }

    [Fact]
    public static void SquaredGradient_OfAnotherLength_IsRefused()
    {
        var layer = new PruningCase(new ScriptedStrategy()).Add([2, 3], new float[6]);
        Assert.Contains("6 elements", Assert.Throws<ArgumentException>("SquaredGradient", () => layer.SquaredGradient = new float[5]).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("outputFactors", () => layer.PruneBelow(new(0, 0), outputFactors: [1, 1, 1]));
        Assert.Throws<ArgumentOutOfRangeException>("outputFactors", () => layer.PruneBelow(new(0, 0), outputFactors: [1, -1]));
    }

    private static double Rms(IEnumerable<float> values) => Math.Sqrt(values.Average(value => (double)value * value));
}
