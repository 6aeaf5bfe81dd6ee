using System.Text.Json.Serialization;

namespace SparseKernels.Training.Pruning;

/// <summary>The strategies that <see cref="PruningSettings"/> know.</summary>
public enum PruningStrategyKind
{
    /// <summary><see cref="SparseKernels.Pruning.Strategies.AccuracyGatedPruning"/>.</summary>
    Gated,

    /// <summary><see cref="SparseKernels.Pruning.Strategies.GradualMagnitude"/>.</summary>
    Gradual,

    /// <summary><see cref="SparseKernels.Pruning.Strategies.OneShotMagnitude"/>.</summary>
    OneShot,

    /// <summary><see cref="SparseKernels.Pruning.Strategies.RigL"/>.</summary>
    [JsonStringEnumMemberName("rigl")]
    RigL,
}
