namespace SparseKernels.Pruning.Strategies;

/// <summary>
/// Drop and grow at constant sparsity (Evci et al. 2020, RigL): starts from random masks; every <c>interval</c> steps until <c>end</c> each
/// layer drops
/// <c>f(t) = fraction/2·(1 + cos(π·t/end))</c> of its live weights, those of least magnitude, and grows as many where the gradient's magnitude is
/// greatest. A grown weight starts at zero; one that is dropped and grown at once keeps its value.
/// </summary>
/// <remarks>
/// Its update steps need the gradients of pruned weights (<see cref="NeedsDenseGradients"/>) and layers that were registered with a
/// gradient. Unlike the paper, an update step also applies the gradient.
/// </remarks>
public sealed class RigL : IPruningStrategy, IStateCheck
{
    private readonly double _sparsity;
    private readonly long _end;
    private readonly int _interval;
    private readonly double _fraction;
    private readonly SparsityDistribution _distribution;
    private readonly ulong _seed;
    private bool _started;

    /// <summary>Makes the strategy.</summary>
    /// <param name="sparsity">Share of weights that is pruned, 0 to 1, 1 excluded.</param>
    /// <param name="end">The step from which the masks stay; 1 or more.</param>
    /// <param name="interval">Steps from one change of the masks to the next; 1 or more.</param>
    /// <param name="fraction">Share of live weights that the first change would replace; over 0, at most 1.</param>
    /// <param name="distribution">How the sparsity is spread over the layers.</param>
    /// <param name="seed">What the first masks are drawn by.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public RigL(
        double sparsity, long end, int interval = 100, double fraction = 0.3,
        SparsityDistribution distribution = SparsityDistribution.ErdosRenyiKernel, ulong seed = 1)
    {
        MagnitudePruning.CheckSparsity(sparsity, nameof(sparsity));
        ArgumentOutOfRangeException.ThrowIfLessThan(end, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, 1);
        if (!(fraction > 0 && fraction <= 1))
            throw new ArgumentOutOfRangeException(nameof(fraction), $"fraction must be over 0 and at most 1, got {fraction}.");
        if (!Enum.IsDefined(distribution))
            throw new ArgumentOutOfRangeException(nameof(distribution), distribution, "not a known distribution.");
        (_sparsity, _end, _interval, _fraction, _distribution, _seed) = (sparsity, end, interval, fraction, distribution, seed);
    }

    /// <inheritdoc/>
    public string Name => StrategyStates.DropAndGrow;

    /// <summary>False: steps alone decide.</summary>
    public bool NeedsAccuracy => false;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> State
    {
        get => new Dictionary<string, double> { [StrategyStates.Started] = _started ? 1 : 0 };
        set => _started = new StateReader(value).Flag(StrategyStates.Started);
    }

    /// <summary>The share of live weights that a step replaces.</summary>
    /// <param name="step">Steps taken before it.</param>
    /// <returns>f(step); 0 from the end on.</returns>
    public double FractionAt(long step) => step >= _end ? 0 : _fraction / 2 * (1 + Math.Cos(Math.PI * step / _end));

    /// <inheritdoc/>
    public bool NeedsDenseGradients(long step) => step > 0 && step < _end && step % _interval == 0;

    /// <inheritdoc/>
    public void BeforeUpdate(long step, IReadOnlyList<PrunedLayer> layers)
    {
        if (_started) return;
        _started = true;
        var densities = LayerDensities.Of([.. layers.Select(layer => layer.Shape)], _sparsity, _distribution);
        for (var i = 0; i < layers.Count; i++) PruneRandomly(layers[i], densities[i]);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">A layer has no gradient.</exception>
    public void AfterUpdate(long step, IReadOnlyList<PrunedLayer> layers)
    {
        if (!NeedsDenseGradients(step)) return;
        foreach (var layer in layers)
        {
            if (layer.Gradient.IsEmpty)
                throw new InvalidOperationException(
                    $"RigL grows weights by their gradients: register layer {layer.Name} with its gradient.");
        }

        foreach (var layer in layers) layer.DropAndGrow((int)(FractionAt(step) * layer.Mask.Count));
    }

    void IStateCheck.Check(PruningState state) =>
        StrategyStates.Check(Name, state.Steps, state.Numbers, [.. state.Masks.Keys], state.Snapshot is not null);

    private void PruneRandomly(PrunedLayer layer, double density)
    {
        var weights = layer.Shape.WeightLength;
        var order = new int[weights];
        for (var i = 0; i < weights; i++) order[i] = i;
        var random = new SplitMix64(_seed, (ulong)layer.Index, 0);
        var pruned = weights - (int)Math.Round(density * weights);
        for (var i = 0; i < pruned; i++)
        {
            var j = i + random.NextInt(weights - i);
            (order[i], order[j]) = (order[j], order[i]);
            layer.Prune(order[i]);
        }
    }
}
