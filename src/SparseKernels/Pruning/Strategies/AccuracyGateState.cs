namespace SparseKernels.Pruning.Strategies;

/// <summary>All that an <see cref="AccuracyGate"/> remembers: numbers, for a checkpoint to hold.</summary>
/// <param name="Best">The best accuracy seen; NaN before the first.</param>
/// <param name="Evaluations">Evaluations seen.</param>
/// <param name="Periods">How often it let prune.</param>
/// <param name="Waited">Evaluations since then without recovery.</param>
/// <param name="Finished">Whether pruning is over.</param>
public readonly record struct AccuracyGateState(double Best, int Evaluations, int Periods, int Waited, bool Finished)
{
    /// <summary>The state before the first evaluation.</summary>
    public static AccuracyGateState Initial => new(double.NaN, 0, 0, 0, false);
}
