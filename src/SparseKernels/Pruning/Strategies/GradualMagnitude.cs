namespace SparseKernels.Pruning.Strategies;

/// <summary>
/// Gradual magnitude pruning with the cubic schedule of Zhu and Gupta 2017, equation 1:
/// <c>s(t) = final + (initial − final)·(1 − (t − begin) / (end − begin))³</c>, applied every <c>interval</c> steps from begin to end.
/// </summary>
public sealed class GradualMagnitude : IPruningStrategy
{
    private readonly double _initial;
    private readonly double _final;
    private readonly long _begin;
    private readonly long _end;
    private readonly int _interval;
    private readonly MagnitudeScope _scope;

    /// <summary>Makes the strategy.</summary>
    /// <param name="final">Share of weights pruned at the end, 0 to 1, 1 excluded.</param>
    /// <param name="begin">The first step that prunes, after its update; 0 or more.</param>
    /// <param name="end">The last step that prunes; after <paramref name="begin"/>.</param>
    /// <param name="interval">Steps from one pruning to the next; 1 or more.</param>
    /// <param name="initial">Share of weights pruned by the first; 0 to <paramref name="final"/>.</param>
    /// <param name="scope">Whether each layer gets that sparsity or all of them together.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public GradualMagnitude(
        double final, long begin, long end, int interval = 100, double initial = 0, MagnitudeScope scope = MagnitudeScope.Global)
    {
        MagnitudePruning.CheckSparsity(final, nameof(final));
        ArgumentOutOfRangeException.ThrowIfNegative(begin);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(end, begin);
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, 1);
        MagnitudePruning.CheckSparsity(initial, nameof(initial));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(initial, final);
        MagnitudePruning.CheckScope(scope, nameof(scope));
        (_final, _begin, _end, _interval, _initial, _scope) = (final, begin, end, interval, initial, scope);
    }

    /// <inheritdoc/>
    public string Name => StrategyStates.Gradual;

    /// <summary>False: steps alone decide.</summary>
    public bool NeedsAccuracy => false;

    /// <summary>The schedule.</summary>
    /// <param name="step">Steps taken before.</param>
    /// <returns>Share of weights to be pruned; 0 before the schedule begins.</returns>
    public double SparsityAt(long step)
    {
        if (step < _begin) return 0;
        var left = 1 - Math.Min(1, (double)(step - _begin) / (_end - _begin));
        return _final + ((_initial - _final) * left * left * left);
    }

    /// <inheritdoc/>
    public void AfterUpdate(long step, IReadOnlyList<PrunedLayer> layers)
    {
        if (step < _begin || step > _end || ((step - _begin) % _interval != 0 && step != _end)) return;
        MagnitudePruning.PruneTo(SparsityAt(step), _scope, layers);
    }
}
