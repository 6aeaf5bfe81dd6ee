namespace SparseKernels.Training.Optimisation;

/// <summary>How parameters follow their gradients.</summary>
public enum OptimiserKind
{
    /// <summary>Momentum: <see cref="Optimisation.Sgd"/>.</summary>
    Sgd,

    /// <summary>Adam with decoupled weight decay: <see cref="Optimisation.AdamW"/>.</summary>
    AdamW,
}
