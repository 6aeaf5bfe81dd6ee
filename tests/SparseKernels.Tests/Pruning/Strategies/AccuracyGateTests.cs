using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using Xunit;

namespace SparseKernels.Tests.Pruning.Strategies;

public static class AccuracyGateTests
{
    /// <summary>Accuracies and what the gate must say to each: '.' train on, 'P' snapshot and prune, 'R' restore and stop.</summary>
    [Theory]
    [InlineData("recovers each time", "50 49 51 50 52", "P.P.P", 0, 3, 1)]
    [InlineData("always better", "50 51 52", "PPP", 0, 3, 1)]
    [InlineData("never recovers", "50 40 40 40 60", "P..R.", 0, 3, 1)]
    [InlineData("patience of one", "50 49 60", "PR.", 0, 1, 1)]
    [InlineData("a tie is not over", "50 50 50 50", "P..R", 0, 3, 1)]
    [InlineData("waiting begins anew after recovery", "50 40 40 51 40 40 52", "P..P..P", 0, 3, 1)]
    [InlineData("within the tolerance", "50 49.5 49.1 48.9 49.5", "PPP.P", 1, 3, 1)]
    [InlineData("exactly at the tolerance is a tie", "50 49 49.25", "P.P", 1, 3, 1)]
    [InlineData("the best stays the best", "50 49.5 49.5 48.5 48.5", "PPP.R", 1, 2, 1)]
    [InlineData("the best before pruning counts, not the last", "50 60 55 59 61", "..P.P", 0, 5, 3)]
    [InlineData("NaN never recovers", "50 NaN NaN 51", "P..P", 0, 3, 1)]
    [InlineData("NaN runs the patience out", "50 NaN NaN NaN", "P..R", 0, 3, 1)]
    [InlineData("NaN before pruning prunes nothing", "NaN NaN 10 9", "..P.", 0, 3, 1)]
    [InlineData("NaN in the warm-up counts as an evaluation", "40 NaN 50 49", "..P.", 0, 3, 2)]
    [InlineData("infinities are no accuracies", "Infinity 50 -Infinity Infinity 51", ".P..P", 0, 3, 1)]
    public static void OnEvaluation_ScriptedAccuracies_SaysWhatToDo(
        string what, string accuracies, string actions, double tolerance, int patience, int warmUp)
    {
        var gate = new AccuracyGate(new AccuracyGateOptions { Tolerance = tolerance, Patience = patience, WarmUp = warmUp });
        var said = accuracies.Split(' ').Select(text => gate.OnEvaluation(double.Parse(text)) switch
        {
            PruningAction.Snapshot => 'P',
            PruningAction.Restore => 'R',
            _ => '.',
        });
        Assert.True(actions == string.Concat(said), $"{what}: expected {actions}, got {string.Concat(said)}");
    }

    /// <summary>Of 500 images at 70 % the standard error of a difference is 2.9 points, of 50,000 0.29.</summary>
    [Theory]
    [InlineData(0, 0, 500, 0.6999, false)]
    [InlineData(0, 0, 500, 0.7001, true)]
    [InlineData(0, 1, 500, 0.672, true)]
    [InlineData(0, 1, 500, 0.669, false)]
    [InlineData(0, 2, 500, 0.645, true)]
    [InlineData(0, 1, 50_000, 0.6972, true)]
    [InlineData(0, 1, 50_000, 0.6969, false)]
    [InlineData(0.02, 1, 50_000, 0.678, true)]
    [InlineData(0, 1, 0, 0.6999, false)]
    public static void OnEvaluation_UnderTheBest_RecoversWithinTheNoiseOfItsImages(
        double tolerance, double errors, int images, double accuracy, bool recovers)
    {
        var gate = new AccuracyGate(new AccuracyGateOptions { Tolerance = tolerance, StandardErrors = errors });
        Assert.Equal(PruningAction.Snapshot, gate.OnEvaluation(new ValidationResult(0.7, images)));
        Assert.Equal(recovers ? PruningAction.Snapshot : PruningAction.Continue, gate.OnEvaluation(new ValidationResult(accuracy, images)));
    }

    [Fact]
    public static void OnEvaluation_AFewImagesAllRightAgain_Recovers()
    {
        foreach (var errors in (double[])[0, 0.7])
        {
            var gate = new AccuracyGate(new AccuracyGateOptions { StandardErrors = errors });
            Assert.Equal(PruningAction.Snapshot, gate.OnEvaluation(new ValidationResult(1, 4)));
            Assert.Equal(errors > 0 ? PruningAction.Snapshot : PruningAction.Continue, gate.OnEvaluation(new ValidationResult(1, 4)));
            Assert.Equal(PruningAction.Continue, gate.OnEvaluation(new ValidationResult(0.5, 4)));
        }
    }

    [Fact]
    public static void StandardError_OfManyDrawings_IsTheirsOfTheDifference()
    {
        // 400 pairs of accuracies of 200 images each, right with 0.6 and 0.8.
        var random = new Random(3);
        double[] differences = [.. Enumerable.Range(0, 400).Select(_ => Draw(0.6) - Draw(0.8))];
        var mean = differences.Average();
        var seen = Math.Sqrt(differences.Average(value => (value - mean) * (value - mean)));
        Assert.Equal(seen, new ValidationResult(0.6, 200).StandardErrorAgainst(0.8), 0.1 * seen);

        double Draw(double share) => Enumerable.Range(0, 200).Count(_ => random.NextDouble() < share) / 200.0;
    }

    [Fact]
    public static void State_SetInAnotherGate_GoesOnTheSame()
    {
        double[] accuracies = [50, 49, 51, double.NaN, 50, 52, 40, 41, 42, 60];
        for (var stop = 0; stop < accuracies.Length; stop++)
        {
            var (whole, first, second) = (new AccuracyGate(), new AccuracyGate(), new AccuracyGate());
            for (var i = 0; i < accuracies.Length; i++)
            {
                var expected = whole.OnEvaluation(accuracies[i]);
                if (i == stop) second.State = first.State;
                Assert.Equal(expected, (i < stop ? first : second).OnEvaluation(accuracies[i]));
            }

            Assert.Equal(whole.State, second.State);
        }
    }

    [Fact]
    public static void Finish_PrunedSinceItWasAccurate_Restores()
    {
        var gate = new AccuracyGate();
        Assert.Equal(PruningAction.Continue, new AccuracyGate().Finish());
        gate.OnEvaluation(50);
        gate.OnEvaluation(49);
        Assert.Equal(PruningAction.Restore, gate.Finish());
        Assert.Equal(PruningAction.Continue, gate.Finish());
        Assert.Equal(PruningAction.Continue, gate.OnEvaluation(100));
        Assert.True(gate.State.Finished);
    }

    [Fact]
    public static void State_AfterEvaluations_SaysWhatItSaw()
    {
        var gate = new AccuracyGate();
        Assert.True(double.IsNaN(gate.State.Best));
        foreach (var accuracy in (double[])[50, 49, 48]) gate.OnEvaluation(accuracy);
        Assert.Equal(new AccuracyGateState(50, 3, 1, 2, false), gate.State);
    }

    [Fact]
    public static void BadArguments_AreNamed()
    {
        Assert.Contains("Tolerance", Assert.Throws<ArgumentOutOfRangeException>(() => new AccuracyGateOptions { Tolerance = -1 }).Message);
        Assert.Contains(
            "Tolerance", Assert.Throws<ArgumentOutOfRangeException>(() => new AccuracyGateOptions { Tolerance = double.NaN }).Message);
        Assert.Contains("Patience", Assert.Throws<ArgumentOutOfRangeException>(() => new AccuracyGateOptions { Patience = 0 }).Message);
        Assert.Contains("WarmUp", Assert.Throws<ArgumentOutOfRangeException>(() => new AccuracyGateOptions { WarmUp = 0 }).Message);
        Assert.Throws<ArgumentException>("value", () => new AccuracyGate { State = AccuracyGateState.Initial with { Waited = -1 } });
        Assert.Throws<ArgumentException>("value", () => new AccuracyGate { State = AccuracyGateState.Initial with { Periods = 1 } });
    }
}
