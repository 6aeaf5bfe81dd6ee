namespace SparseKernels.Pruning.Strategies;

/// <summary>Prunes the weights of least magnitude once, and lets the rest train on (Han et al. 2015, one round).</summary>
public sealed class OneShotMagnitude : IPruningStrategy
{
    private readonly double _sparsity;
    private readonly long _step;
    private readonly MagnitudeScope _scope;

    /// <summary>Makes the strategy.</summary>
    /// <param name="sparsity">Share of weights to prune, 0 to 1, 1 excluded.</param>
    /// <param name="step">The step in which, after its update; 0 or more.</param>
    /// <param name="scope">Whether each layer gets that sparsity or all of them together.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public OneShotMagnitude(double sparsity, long step, MagnitudeScope scope = MagnitudeScope.Global)
    {
        MagnitudePruning.CheckSparsity(sparsity, nameof(sparsity));
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        MagnitudePruning.CheckScope(scope, nameof(scope));
        (_sparsity, _step, _scope) = (sparsity, step, scope);
    }

    /// <inheritdoc/>
    public string Name => StrategyStates.OneShot;

    /// <summary>False: steps alone decide.</summary>
    public bool NeedsAccuracy => false;

    /// <inheritdoc/>
    public void AfterUpdate(long step, IReadOnlyList<PrunedLayer> layers)
    {
        if (step == _step) MagnitudePruning.PruneTo(_sparsity, _scope, layers);
    }
}
