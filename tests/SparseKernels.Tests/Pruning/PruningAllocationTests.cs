using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Pruning;

[Collection(SoloCollection.Name)]
public sealed class PruningAllocationTests
{
    public static TheoryData<string> Strategies { get; } = ["accuracy-gated", "one-shot magnitude", "gradual magnitude", "RigL"];

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Step_WithoutPruning_AllocatesNothing(string strategy)
    {
        var run = new PruningCase(Make(strategy));
        run.Add([64, 32, 3, 3], RandomTensor.Floats(64 * 32 * 9, seed: 1));
        run.Add([64, 64, 3, 3], RandomTensor.Floats(64 * 64 * 9, seed: 2));
        var sgd = new MaskedSgd();
        for (var step = 0; step < 3; step++) run.Unit.Step(sgd, 0.01f);
        run.Unit.OnEvaluation(0.5);
        for (var step = 0; step < 3; step++) run.Unit.Step(sgd, 0.01f);
        Assert.NotEqual(0, run.Unit.Report.Sparsity);
        var bytes = Allocations.Least(() =>
        {
            run.Unit.Step(sgd, 0.01f);
            run.Unit.Step();
        });
        Assert.True(bytes == 0, $"{strategy}: {bytes} bytes allocated in two steps");
    }

    private static IPruningStrategy Make(string name) => name switch
    {
        "accuracy-gated" => new AccuracyGatedPruning(),
        "one-shot magnitude" => new OneShotMagnitude(0.5, step: 1),
        "gradual magnitude" => new GradualMagnitude(0.5, begin: 0, end: 2, interval: 1),
        "RigL" => new RigL(0.5, end: 3, interval: 2),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "unknown."),
    };
}
