namespace SparseKernels.Pruning.Strategies;

/// <summary>
/// How far thresholds moved last, and from which sparsity: what the next move is shortened by, lest it prune more than was asked for.
/// </summary>
/// <param name="Steps">Steps of the last period; 0 before the first.</param>
/// <param name="Sparsity">Share of weights pruned before it.</param>
internal readonly record struct PruningPace(float Steps, double Sparsity)
{
    /// <summary>The part of a step that is taken at least, however near the end.</summary>
    private const float Least = 0.25f;

    /// <summary>
    /// The next period's: so many steps, or as many as lead to the maximum if each prunes what those of the last period did.
    /// </summary>
    /// <param name="steps">Steps to take where the maximum is far.</param>
    /// <param name="sparsity">Share of weights pruned now.</param>
    /// <param name="maximum">Share of weights to be pruned at last; 1 for as many as may be.</param>
    public PruningPace Next(int steps, double sparsity, double maximum)
    {
        var gained = sparsity - Sparsity;
        var left = Steps > 0 && gained > 0 && maximum < 1 ? (maximum - sparsity) / gained * Steps : steps;
        return new((float)Math.Max(Least, Math.Min(steps, left)), sparsity);
    }
}
