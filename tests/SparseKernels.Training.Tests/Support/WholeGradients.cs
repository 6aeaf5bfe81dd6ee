using SparseKernels.Pruning;

namespace SparseKernels.Training.Tests.Support;

/// <summary>Another strategy, for which every step computes the gradients of pruned weights too: masks alone hold these at zero then.</summary>
internal sealed class WholeGradients(IPruningStrategy inner) : IPruningStrategy
{
    public string Name => inner.Name;

    public IReadOnlyDictionary<string, double> State
    {
        get => inner.State;
        set => inner.State = value;
    }

    public bool NeedsAccuracy => inner.NeedsAccuracy;

    public bool NeedsDenseGradients(long step) => true;

    public void BeforeUpdate(long step, IReadOnlyList<PrunedLayer> layers) => inner.BeforeUpdate(step, layers);

    public void AfterUpdate(long step, IReadOnlyList<PrunedLayer> layers) => inner.AfterUpdate(step, layers);

    public PruningAction OnEvaluation(double accuracy, IReadOnlyList<PrunedLayer> layers) => inner.OnEvaluation(accuracy, layers);

    public PruningAction OnEvaluation(ValidationResult result, IReadOnlyList<PrunedLayer> layers) => inner.OnEvaluation(result, layers);

    public PruningAction Finish() => inner.Finish();
}
