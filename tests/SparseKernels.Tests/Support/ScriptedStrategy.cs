using SparseKernels.Pruning;

namespace SparseKernels.Tests.Support;

/// <summary>A strategy of a test's own: what it does before and after the update of each step, and what it says of accuracies.</summary>
internal sealed class ScriptedStrategy : IPruningStrategy
{
    public string Name => "scripted";

    public Action<long, IReadOnlyList<PrunedLayer>>? Before { get; init; }

    public Action<long, IReadOnlyList<PrunedLayer>>? After { get; init; }

    public Func<double, PruningAction>? Judge { get; init; }

    public void BeforeUpdate(long step, IReadOnlyList<PrunedLayer> layers) => Before?.Invoke(step, layers);

    public void AfterUpdate(long step, IReadOnlyList<PrunedLayer> layers) => After?.Invoke(step, layers);

    public PruningAction OnEvaluation(double accuracy, IReadOnlyList<PrunedLayer> layers) =>
        Judge?.Invoke(accuracy) ?? PruningAction.Continue;
}
