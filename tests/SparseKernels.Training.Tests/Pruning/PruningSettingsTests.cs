using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Training.Pruning;
using Xunit;

namespace SparseKernels.Training.Tests.Pruning;

public class PruningSettingsTests
{
    private static readonly PruningRun s_run = new(Steps: 1000, StepsPerEpoch: 100, EvaluationsPerEpoch: 4, Seed: 3);

    [Fact]
    public void WriteThenRead_AllSettings_Identical()
    {
        var settings = new PruningSettings
        {
            Strategy = PruningStrategyKind.RigL,
            Scope = MagnitudeScope.Layer,
            Distribution = SparsityDistribution.Uniform,
            Interval = 7,
            Sparsity = 0.9,
            GroupWholeFilter = true,
            GroupInputs = 2,
            ChannelOrder = false,
            FineStep = 0.125,
        };
        foreach (var indented in new[] { false, true }) Assert.Equal(
            settings, PruningSettingsJson.Read(PruningSettingsJson.Write(settings, indented)));
        var layers = PruningSettingsJson.Read(PruningSettingsJson.Write(new PruningSettings { DenseLayers = ["a", "b"] }, indented: false));
        Assert.Equal(["a", "b"], layers.DenseLayers);
    }

    [Fact]
    public void Read_SomeKeys_OthersHaveTheirDefaults()
    {
        var settings = PruningSettingsJson.Read("""{ "strategy": "one-shot", /* why */ "sparsity": 0.5, }""");
        Assert.Equal(new PruningSettings { Strategy = PruningStrategyKind.OneShot, Sparsity = 0.5 }, settings);
        Assert.Equal(new PruningSettings(), PruningSettingsJson.Read("{}"));
    }

    [Theory]
    [InlineData("""{"sparsty": 0.5}""", "no key 'sparsty'")]
    [InlineData("""{"FineStep": 0.5}""", "no key 'FineStep'")]
    [InlineData("""{"fine-step": "much"}""", "'fine-step' can't be \"much\"")]
    [InlineData("""{"patience": 1.5}""", "'patience' can't be 1.5")]
    [InlineData("""{"sparsity": null}""", "'sparsity' can't be null")]
    [InlineData("""{"strategy": "magic"}""", "'strategy' can't be \"magic\"")]
    [InlineData("""{"strategy": 1}""", "'strategy' can't be 1")]
    [InlineData("""{"scope": "Global Warming"}""", "'scope' can't be")]
    [InlineData("""{"dense-layers": [1]}""", "'dense-layers' can't be [1]")]
    [InlineData("""{"sparsity": 0.5, "sparsity": 0.6}""", "not JSON")]
    [InlineData("""{"sparsity" 0.5}""", "not JSON")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("""{"validation": 1}""", "'validation' must be a number from 0 and under 1, got 1.")]
    [InlineData("""{"evaluations": 0}""", "'evaluations' must be a whole number from 1 up, got 0.")]
    [InlineData("""{"sparsity": -0.5}""", "'sparsity' must be")]
    [InlineData("""{"fine-step": -1}""", "'fine-step' must be a number from 0 up, got -1.")]
    [InlineData("""{"fine-step": 1e308}""", "'fine-step' must be a number from 0 up, got 1E+308.")]
    [InlineData("""{"fine-step": 1e999}""", "'fine-step' must be a number from 0 up, got Infinity.")]
    [InlineData("""{"similarity": 1}""", "'similarity' must be a number over 0 and under 1, got 1.")]
    [InlineData("""{"maximum-sparsity": 0}""", "'maximum-sparsity' must be a number over 0 to 1, got 0.")]
    [InlineData("""{"interval": 0}""", "'interval' must be a whole number from 1 up, got 0.")]
    [InlineData("""{"dense-layers": ["a", null]}""", "'dense-layers' can't be [\"a\",null]")]
    [InlineData("""{"\ud800": 1}""", "not JSON")]
    [InlineData("""{"strategy": "\ud800"}""", "'strategy' can't be")]
    [InlineData("""{"dense-layers": ["\udc00"]}""", "'dense-layers' can't be")]
    public void Read_Bad_NamesTheKey(string json, string expected) =>
        Assert.Contains(
            expected, Assert.Throws<InvalidDataException>(() => PruningSettingsJson.Read(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"strategy": "rigl", "validation": 0, "judged-until": 0.5}""", "validation must be over 0 where judged-until is, 0.5, got 0")]
    [InlineData("""{"similarity": 0.5}""", "similarity-lowest must be at most similarity, 0.5")]
    [InlineData("""{"begin": 0.5, "end": 0.5}""", "end must be over begin, 0.5, got 0.5")]
    public void ToOptions_SettingsThatContradict_NamesTheKey(string json, string expected) =>
        Assert.Contains(
            expected, Assert.Throws<ArgumentException>(() => PruningSettingsJson.Read(json).ToOptions()).Message, StringComparison.Ordinal);

    [Fact]
    public void ToOptions_EveryRule_HoldsForSettingsFromCodeToo() =>
        Assert.Contains(
            "sparsity must be a number from 0 and under 1, got 1.",
            Assert.Throws<ArgumentException>(() => new PruningSettings { Sparsity = 1 }.ToOptions()).Message, StringComparison.Ordinal);

    [Fact]
    public void ToOptions_Null_IsNamed() => Assert.Throws<ArgumentNullException>("settings", () => PruningRecipe.ToOptions(null!));

    [Fact]
    public void Rules_EveryOne_ReadsItsOwnKey()
    {
        foreach (var rule in PruningRule.All)
        {
            var value = rule.IsWhole ? 3 : rule.Most > 1 ? 1.5 : 0.625;
            Assert.Equal(value, rule.Value(PruningSettingsJson.Read(FormattableString.Invariant($$"""{"{{rule.Key}}": {{value}}}"""))));
        }

        string[] others = ["strategy", "dense-layers", "group-whole-filter", "channel-order", "scope", "distribution", "similarity-search", "similarity-check", "for", "harm"];
        Assert.Equal(PruningSettingsJson.Keys.Order(), PruningRule.All.Select(rule => rule.Key).Concat(others).Order());
    }

    [Fact]
    public void ToOptions_EachStrategy_GetsTheRunsTimes()
    {
        Assert.Equal("accuracy-gated", Create("{}").Name);
        var gated = (AccuracyGatedPruning)Create("""{"begin": 0.2, "tolerance": 0.25, "patience": 5}""");
        Assert.Equal((8, 0.25, 5), (gated.Gate.Options.WarmUp, gated.Gate.Options.Tolerance, gated.Gate.Options.Patience));

        var gradual = (GradualMagnitude)Create("""{"strategy": "gradual", "sparsity": 0.8, "begin": 0.1, "end": 0.5}""");
        Assert.Equal((0, 0.8, 0.8), (gradual.SparsityAt(100), gradual.SparsityAt(500), gradual.SparsityAt(900)));
        Assert.Equal(0.8 * 7 / 8, gradual.SparsityAt(300), 1e-12);

        Assert.Equal("one-shot magnitude", Create("""{"strategy": "one-shot"}""").Name);
        var rigl = Create("""{"strategy": "rigl", "end": 0.5, "interval": 20}""");
        Assert.Equal([false, true, false, true, false], new long[] { 0, 20, 30, 480, 500 }.Select(rigl.NeedsDenseGradients));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.85)]
    [InlineData(0.95)]
    [InlineData(0.98)]
    public void Steps_NetworkThatAlwaysRecovers_ReachTheMaximumSparsityTowardsTheEnd(double sparsity)
    {
        // Magnitudes distributed exponentially, the coarse rules off; evaluations every 25 steps, pruning from step 150 to 850.
        var settings = new PruningSettings { MaximumSparsity = sparsity, CoarseStep = 0, CoarseThreshold = 0, SimilarityWork = 0, BalanceStrength = 0 };
        var unit = new PruningUnit(settings.ToOptions().Strategy(s_run), threads: 1);
        var weights = Enumerable.Range(0, 9 * 1024).Select(i => (i % 2 == 0 ? 1 : -1) * MathF.Log((i + 0.5f) / (9 * 1024))).ToArray();
        var layer = unit.Register("layer", [32, 32, 3, 3], weights, new float[weights.Length]);
        var reached = 0;
        for (var step = 0; step < s_run.Steps; step++)
        {
            if (step % 25 == 0) unit.OnEvaluation(step);
            unit.Step();
            if (reached == 0 && layer.Sparsity >= sparsity) reached = step;
        }

        Assert.InRange(reached, 550, 850);
        Assert.InRange(layer.Sparsity, sparsity, sparsity + 0.05);
    }

    /// <summary>Periods begin at the evaluations from step 150 on; each but the first moves both thresholds by their steps.</summary>
    [Theory]
    [InlineData("{}", 0.4, 0.4)]
    [InlineData("""{"fine-step": 0.5}""", 0.4, 0.4)]
    [InlineData("""{"fine-step": 0.5, "coarse-step": 0.1}""", 0.2, 0.2)]
    [InlineData("""{"fine-step": 0.5, "coarse-threshold": 0.1}""", 0.2, 0.3)]
    public void Thresholds_OfGroups_AreTheirPartOfThoseOfSingleWeights(string json, double first, double second)
    {
        var gated = (AccuracyGatedPruning)Create(json);
        var unit = new PruningUnit(gated, threads: 1);
        _ = unit.Register("layer", [32, 32, 3, 3], Enumerable.Range(1, 9 * 1024).Select(i => (float)i).ToArray());
        var parts = new List<double>();
        for (var evaluation = 1; parts.Count < 2; evaluation++)
        {
            unit.OnEvaluation(evaluation);
            if (gated.ThresholdsOf("layer") is { } thresholds) parts.Add(thresholds.Coarse / thresholds.Fine);
        }

        Assert.Equal(first, parts[0], 1e-6);
        Assert.Equal(second, parts[1], 1e-6);
    }

    private static IPruningStrategy Create(string json) => PruningSettingsJson.Read(json).ToOptions().Strategy(s_run);
}
