using SparseKernels.Pruning;

namespace SparseKernels.Training.Tests.Support;

/// <summary>Another strategy, and a list of what it is told.</summary>
internal sealed class Listener(IPruningStrategy inner, List<ValidationResult> told) : WrappedStrategy(inner)
{
    public override PruningAction OnEvaluation(ValidationResult result, IReadOnlyList<PrunedLayer> layers)
    {
        told.Add(result);
        return base.OnEvaluation(result, layers);
    }
}
