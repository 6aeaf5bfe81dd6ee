using System.Text.Json.Serialization;

namespace SparseKernels.Training.Pruning;

/// <summary>The strategies that <see cref="PruningSettings"/> know.</summary>
public enum PruningStrategyKind
{
    /// <summary><see cref="SparseKernels.Pruning.AccuracyGatedPruning"/>.</summary>
    Gated,

    /// <summary><see cref="SparseKernels.Pruning.GradualMagnitude"/>.</summary>
    Gradual,

    /// <summary><see cref="SparseKernels.Pruning.OneShotMagnitude"/>.</summary>
    OneShot,

    /// <summary><see cref="SparseKernels.Pruning.RigL"/>.</summary>
    [JsonStringEnumMemberName("rigl")]
    RigL,
}
