namespace SparseKernels.Training.Pruning;

/// <summary>What is known of a run before it begins: what a strategy derives its times from.</summary>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
/// <param name="EvaluationsPerEpoch">How often in an epoch the strategy is told an accuracy while it needs one.</param>
/// <param name="Seed">The run's seed.</param>
public sealed record PruningRun(long Steps, int StepsPerEpoch, int EvaluationsPerEpoch, ulong Seed)
{
    /// <summary>The number of steps that a share of the run takes.</summary>
    /// <param name="share">0 to 1.</param>
    /// <returns>0 to <see cref="Steps"/>.</returns>
    public long StepsOf(double share) => (long)Math.Round(share * Steps);
}
