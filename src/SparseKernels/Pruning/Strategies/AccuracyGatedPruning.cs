
namespace SparseKernels.Pruning.Strategies;

/// <summary>
/// The pruning unit of the PNPU accelerator (IEEE SSC-L 2021, VLSI 2020): coarse pruning by similarity and magnitude, then fine pruning by
/// magnitude, while the model trains. An <see cref="AccuracyGate"/> says when; thresholds move by fixed steps each time it does, shorter
/// ones near the sparsity asked for, and are lowered where they would prune more than that; a <see cref="ChannelBalancer"/> evens input
/// channels out; output channels are compared in rounds, by samples or signatures.
/// </summary>
public sealed class AccuracyGatedPruning : IPruningStrategy, IStateCheck
{
    /// <summary>The share of the weights to be left that may go beyond the maximum sparsity.</summary>
    private const double Beyond = 0.005;

    private readonly AccuracyGatedOptions _options;
    private readonly ChannelBalancer _balancer;
    private readonly Dictionary<string, (float Fine, float Coarse)> _thresholds = [];
    private float _similarity;
    private PruningPace _pace;
    private long _roundsLeft;
    private long _nextStep;

    /// <summary>Makes the strategy.</summary>
    /// <param name="options">Settings; the defaults where null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range; the exception names it.</exception>
    public AccuracyGatedPruning(AccuracyGatedOptions? options = null)
    {
        _options = options ?? new AccuracyGatedOptions();
        _options.Check();
        Gate = new AccuracyGate(_options.Gate);
        _balancer = new ChannelBalancer(_options.BalanceStrength, _options.BalanceLimit);
        _similarity = _options.Similarity;
    }

    /// <inheritdoc/>
    public string Name => StrategyStates.Gated;

    /// <summary>True until pruning is over.</summary>
    public bool NeedsAccuracy => !Gate.State.Finished;

    /// <summary>What decides when to prune.</summary>
    public AccuracyGate Gate { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> State
    {
        get => GatedPruningState.Write(new(Gate.State, _similarity, _pace, _roundsLeft, _nextStep, _thresholds));
        set
        {
            var state = GatedPruningState.Read(value);
            Gate.State = state.Gate;
            (_similarity, _pace, _roundsLeft, _nextStep) = (state.Similarity, state.Pace, state.RoundsLeft, state.NextStep);
            _thresholds.Clear();
            foreach (var (name, thresholds) in state.Thresholds) _thresholds.Add(name, thresholds);
        }
    }

    /// <summary>
    /// A layer's thresholds in units of <see cref="AccuracyGatedOptions.Scope"/>'s root mean square weight, as the last period had them;
    /// null before the first.
    /// </summary>
    /// <param name="name">The layer.</param>
    /// <returns>The thresholds.</returns>
    public LayerThresholds? ThresholdsOf(string name) =>
        _thresholds.TryGetValue(name, out var found) ? new LayerThresholds(found.Fine, found.Coarse) : null;

    /// <inheritdoc/>
    public void BeforeUpdate(long step, IReadOnlyList<PrunedLayer> layers)
    {
        if (_roundsLeft == 0 || step < _nextStep || step > _options.LastStep) return;
        // Before similarity takes runs away: the step before has left the sums of squares, so they cost no pass.
        var units = MagnitudeUnits.Of(_options.Scope, layers);
        var open = layers.Where(layer => layer.Sparsity < _options.MaximumLayerSparsity).ToArray();
        var round = (int)Math.Max(0, _options.SimilarityRounds - _roundsLeft);
        if (_options.SimilarityWork > 0 && SparsityOf(layers) < _options.MaximumSparsity)
        {
            foreach (var layer in open) layer.PruneSimilar(SimilarityOf(round), countsAllPairs: _options.SimilarityCheck);
        }

        if (round == 0) PruneSmall(open, units, Allowed(layers));
        _roundsLeft--;
        _nextStep = step + _options.SimilarityInterval;
    }

    /// <inheritdoc/>
    public PruningAction OnEvaluation(double accuracy, IReadOnlyList<PrunedLayer> layers) =>
        OnEvaluation(new ValidationResult(accuracy, Images: 0), layers);

    /// <inheritdoc/>
    public PruningAction OnEvaluation(ValidationResult result, IReadOnlyList<PrunedLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        var steps = Math.Min(1 + Gate.State.Waited, _options.CatchUp);
        var action = Gate.OnEvaluation(result);
        if (action == PruningAction.Restore) _roundsLeft = 0;
        if (action != PruningAction.Snapshot) return action;
        var sparsity = SparsityOf(layers);
        if (sparsity >= _options.MaximumSparsity)
        {
            Gate.State = Gate.State with { Finished = true };
            _roundsLeft = 0;
            return PruningAction.Discard;
        }

        _pace = _pace.Next(steps, sparsity, _options.MaximumSparsity);
        MoveThresholds(layers);
        (_roundsLeft, _nextStep) = (_options.SimilarityRounds, 0);
        return action;
    }

    /// <inheritdoc/>
    public PruningAction Finish()
    {
        _roundsLeft = 0;
        return Gate.Finish();
    }

    void IStateCheck.Check(PruningState state) =>
        StrategyStates.Check(Name, state.Steps, state.Numbers, [.. state.Masks.Keys], state.Snapshot is not null);

    private static double SparsityOf(IReadOnlyList<PrunedLayer> layers)
    {
        var weights = layers.Sum(layer => (long)layer.Shape.WeightLength);
        return weights == 0 ? 0 : 1 - ((double)layers.Sum(layer => (long)layer.Mask.Count) / weights);
    }

    /// <summary>
    /// Weights that may be pruned: up to the maximum sparsity and a little over, so that what grows meanwhile doesn't leave it just under.
    /// </summary>
    private long Allowed(IReadOnlyList<PrunedLayer> layers)
    {
        var weights = layers.Sum(layer => (long)layer.Shape.WeightLength);
        var left = (1 - _options.MaximumSparsity) * (1 - Beyond);
        return Math.Max(0, layers.Sum(layer => (long)layer.Mask.Count) - (long)(left * weights));
    }

    private void MoveThresholds(IReadOnlyList<PrunedLayer> layers)
    {
        if (Gate.State.Periods > 1)
            _similarity = Math.Max(_options.SimilarityLowest, _similarity - (_pace.Steps * _options.SimilarityStep));
        foreach (var layer in layers)
        {
            if (!_thresholds.TryGetValue(layer.Name, out var last))
                _thresholds.Add(layer.Name, (_options.FineThreshold, _options.CoarseThreshold));
            else if (layer.Sparsity < _options.MaximumLayerSparsity) _thresholds[layer.Name] = (last.Fine + (_pace.Steps * _options.FineStep), last.Coarse + (_pace.Steps * _options.CoarseStep));
        }
    }

    private SimilarityRule SimilarityOf(int round) => new()
    {
        Group = _options.SimilarityGroup,
        Threshold = _similarity,
        Search = _options.SimilarityWork < 1 ? _options.SimilaritySearch : SimilaritySearch.Channels,
        Share = Math.Sqrt(_options.SimilarityWork),
        Work = _options.SimilarityWork,
        Rounds = _options.SimilarityRounds,
        Round = round,
        Seed = _options.Seed,
        Period = Gate.State.Periods - 1,
        MinimumLive = _options.SimilarityMinimumLive,
    };

    /// <summary>Sets thresholds in the layers' own units, lower ones where they would prune more than is allowed.</summary>
    private void PruneSmall(PrunedLayer[] layers, float[] units, long allowed)
    {
        var worth = _options.PruneFor == PruneFor.Time ? TimeFactors.Of(layers, _options.MaximumSparsity) : null;
        var harm = _options.Harm == PruneHarm.Gradient ? GradientFactors.Of(layers) : null;
        var prunings = layers.Select((layer, i) => (Layer: layer, Inputs: InputFactors(layer, harm?[i]), Harm: harm?[i], Worth: worth?[i] ?? TimeFactors.None))
            .Where(pruning => float.IsFinite(units[pruning.Layer.Index])).ToArray();
        Set(1);
        var scale = _options.MaximumSparsity < 1 ? SparsityCap.Scale(prunings.Select(pruning => pruning.Layer), allowed) : 1;
        if (scale < 1) Set(scale);

        void Set(float scale)
        {
            foreach (var (layer, inputs, harm, worth) in prunings)
            {
                var (fine, coarse) = _thresholds[layer.Name];
                var unit = units[layer.Index] * scale * (harm?.Layer ?? 1);
                layer.PruneBelow(new LayerThresholds(fine * unit * worth.Fine, coarse * unit * worth.Coarse), inputs, harm?.Outputs);
            }
        }
    }

    private float[] InputFactors(PrunedLayer layer, GradientFactors? harm)
    {
        var factors = _balancer.FactorsOf(layer.Mask);
        for (var c = 0; c < factors.Length; c++) factors[c] *= harm?.Inputs[c] ?? 1;
        return factors;
    }
}
