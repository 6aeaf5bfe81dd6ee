using SparseKernels.Pruning;

namespace SparseKernels.Training.Tests.Support;

/// <summary>Another strategy, all of it.</summary>
internal abstract class WrappedStrategy(IPruningStrategy inner) : IPruningStrategy
{
    public string Name => inner.Name;

    public IReadOnlyDictionary<string, double> State
    {
        get => inner.State;
        set => inner.State = value;
    }

    public bool NeedsAccuracy => inner.NeedsAccuracy;

    public virtual bool NeedsDenseGradients(long step) => inner.NeedsDenseGradients(step);

    public void BeforeUpdate(long step, IReadOnlyList<PrunedLayer> layers) => inner.BeforeUpdate(step, layers);

    public void AfterUpdate(long step, IReadOnlyList<PrunedLayer> layers) => inner.AfterUpdate(step, layers);

    public PruningAction OnEvaluation(double accuracy, IReadOnlyList<PrunedLayer> layers) => inner.OnEvaluation(accuracy, layers);

    public virtual PruningAction OnEvaluation(ValidationResult result, IReadOnlyList<PrunedLayer> layers) => inner.OnEvaluation(result, layers);

    public PruningAction Finish() => inner.Finish();
}
