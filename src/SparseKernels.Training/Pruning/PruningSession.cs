using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Sparsity;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Pruning;

/// <summary>
/// Pruning of one training run: the unit with its strategy, and of all that the unit doesn't know (biases, unpruned layers, running
/// statistics and their momenta) the copy that is kept and brought back together with the unit's own.
/// </summary>
internal sealed class PruningSession
{
    private readonly Network _network;
    private readonly IPruningStrategy _strategy;
    private readonly int _evaluations;
    private readonly int _batches;
    private readonly bool _ordersChannels;
    private readonly long _judgedUntil;
    private readonly bool _mayHoldOut;
    private readonly HashSet<string> _pruned;
    private IReadOnlyList<NamedTensor>? _keptModel;
    private IReadOnlyList<NamedTensor>? _keptOptimiser;
    private PruningStatus? _status;
    private double? _accuracy;
    private SeenImages _seen;
    private long _changes;
    private long? _orderedAt;

    /// <summary>Registers the network's layers.</summary>
    /// <param name="options">Strategy and layers.</param>
    /// <param name="network">The network.</param>
    /// <param name="optimiser">Settings of the optimiser.</param>
    /// <param name="run">The run's length.</param>
    /// <param name="mayHoldOut">Whether there are images held out to judge by; without, it is the images trained on.</param>
    public PruningSession(PruningOptions options, Network network, OptimiserSettings optimiser, PruningRun run, bool mayHoldOut)
    {
        (_network, _evaluations, _batches, _ordersChannels) = (network, run.EvaluationsPerEpoch, run.StepsPerEpoch, options.ChannelOrder);
        _judgedUntil = run.StepsOf(options.JudgedUntil);
        _mayHoldOut = mayHoldOut;
        _strategy = options.Strategy(run) ?? throw new ArgumentException("Strategy must make a strategy, got null.", nameof(options));
        Unit = new PruningUnit(_strategy, optimiser.Threads);
        Optimiser = optimiser.AdamW is { } adamW
            ? new PrunedAdamW(network, Unit, adamW, options.DenseLayers, options.Group, options.RateExponent, optimiser.Threads)
            : new PrunedSgd(
                network, Unit, optimiser.Momentum, optimiser.WeightDecay, optimiser.Nesterov, options.DenseLayers, options.Group,
                options.RateExponent, optimiser.Threads);
        _pruned = [.. Optimiser.Pruned.Select(parameter => parameter.Name)];
        HoldsOut = mayHoldOut && Judges;
    }

    public PruningUnit Unit { get; }

    public IPrunedOptimiser Optimiser { get; }

    /// <summary>Whether accuracy is still asked for: by the strategy, or by the options for its sake.</summary>
    private bool Judges => Unit.NeedsAccuracy || Unit.StepsTaken < _judgedUntil;

    /// <summary>Whether the validation images are held out in this epoch.</summary>
    public bool HoldsOut { get; private set; }

    /// <summary>How far pruning is; the same object until something changes.</summary>
    public PruningStatus Status
    {
        get
        {
            var changes = Changes();
            if (_status is not null && changes == _changes) return _status;
            _changes = changes;
            var report = Unit.Report;
            return _status = new PruningStatus(
                _strategy.Name, report.Sparsity, report.CoarseSparsity, report.CoarseShare, _accuracy, (_strategy as AccuracyGatedPruning)?.Gate.State);
        }
    }

    public PruningProgress Progress
    {
        get
        {
            var state = Unit.State;
            return new PruningProgress(
                state.Steps, state.Strategy, state.Numbers, _accuracy, HoldsOut, state.Snapshot is { } snapshot ? Kept(snapshot) : null)
            {
                Seen = _seen,
                Counts = state.Counts,
                KeptCounts = state.Snapshot?.Counts ?? new Dictionary<string, double>(),
            };
        }
    }

    /// <summary>Gives the validation images back to training if no accuracy on them is needed any more.</summary>
    public void BeginEpoch()
    {
        if (!HoldsOut || Judges) return;
        (HoldsOut, _accuracy, _status) = (false, null, null);
    }

    /// <summary>Takes what a batch gave, to judge by where no images are held out for it.</summary>
    public void Learned(BatchResult batch)
    {
        if (!_mayHoldOut && Judges) _seen = _seen.With(batch);
    }

    /// <summary>Whether accuracy is to be measured after so many batches of an epoch.</summary>
    public bool IsDue(int batches) =>
        Judges && (long)batches * _evaluations / _batches > (long)(batches - 1) * _evaluations / _batches;

    /// <summary>
    /// Orders channels by the masks that pruning left, if the options say so. It comes before an evaluation, so that what is judged is what
    /// may be kept.
    /// </summary>
    public void OrderChannels()
    {
        // A run that goes on doesn't know whether the masks are ordered, but to order them again changes nothing.
        if (!_ordersChannels || _orderedAt == Changes()) return;
        Optimiser.OrderChannels();
        _orderedAt = Changes();
    }

    /// <summary>Tells the strategy an accuracy, and keeps or brings back the network as it says.</summary>
    /// <param name="result">Share of the validation images that is right, NaN if the loss on them is not finite, and how many they are.</param>
    public void OnEvaluation(ValidationResult result)
    {
        _accuracy = result.Accuracy;
        Follow(Unit.OnEvaluation(result));
    }

    /// <summary>Tells the strategy the accuracy on the images trained on since it was told the last time, as they were then.</summary>
    public void OnEvaluation()
    {
        var seen = _seen;
        _seen = default;
        Follow(Unit.OnEvaluation(seen.Result));
    }

    /// <summary>Ends pruning with the run.</summary>
    public void Finish() => Follow(Unit.Finish());

    /// <summary>Goes on from a checkpoint, after its tensors and masks were restored.</summary>
    /// <exception cref="InvalidDataException">It is of other layers or another strategy, or damaged.</exception>
    public void Restore(PruningProgress progress, IReadOnlyList<NamedMask> masks)
    {
        foreach (var mask in masks.Concat(progress.Kept?.Masks ?? []))
        {
            if (Unit.Layers.FirstOrDefault(layer => layer.Name == mask.Name)?.Mask.Group is { } group && group != mask.Mask.Group)
                throw new InvalidDataException($"the checkpoint's mask of '{mask.Name}' has groups {mask.Mask.Group}, this run's {group}.");
        }

        try
        {
            Unit.Restore(new PruningState
            {
                Steps = progress.Steps,
                Strategy = progress.Strategy,
                Numbers = progress.Numbers,
                Masks = Words(masks),
                Counts = progress.Counts,
                Snapshot = progress.Kept is { } kept ? Snapshot(kept) with { Counts = progress.KeptCounts } : null,
            });
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"the checkpoint's pruning can't go on: {e.Message}", e);
        }

        if (progress.Kept is { } rest)
        {
            _keptModel = Rest(rest.Model);
            _keptOptimiser = Rest(rest.Optimiser);
            _ = TensorMatch.Pair(_keptModel, Rest(_network.State), "kept model");
            _ = TensorMatch.Pair(_keptOptimiser, Rest(OptimiserState()), "kept optimiser");
        }

        if (progress.HoldsOut ? !_mayHoldOut : _mayHoldOut && Judges)
            throw new InvalidDataException(
                $"the checkpoint's run {(progress.HoldsOut ? "held out images to judge by, this one has none" : "held out no images, and its pruning still needs some to judge by")}.");
        (_accuracy, HoldsOut, _seen) = (progress.ValidationAccuracy, progress.HoldsOut, progress.Seen);
        _status = null;
    }

    private void Follow(PruningAction action)
    {
        if (action == PruningAction.Snapshot)
        {
            _keptModel = Copy(Rest(_network.State));
            _keptOptimiser = Copy(Rest(OptimiserState()));
        }
        else if (action == PruningAction.Restore)
        {
            foreach (var (from, to) in TensorMatch.Pair(_keptModel!, Rest(_network.State), "kept model")) from.Values.CopyTo(to.Values, 0);
            foreach (var (from, to) in TensorMatch.Pair(_keptOptimiser!, Rest(OptimiserState()), "kept optimiser")) from.Values.CopyTo(
                to.Values, 0);
            (_keptModel, _keptOptimiser) = (null, null);
            _network.Touch();
        }
        else if (action == PruningAction.Discard)
        {
            (_keptModel, _keptOptimiser) = (null, null);
        }

        _status = null;
    }

    private KeptState Kept(PruningSnapshot snapshot) => new(
        [.. Named(snapshot.Weights), .. _keptModel!],
        [.. Named(snapshot.Momenta), .. _keptOptimiser!],
        [.. Unit.Layers.Select(layer => new NamedMask(layer.Name, MaskOf(layer, snapshot.Masks[layer.Name])))]);

    private static WeightPattern MaskOf(PrunedLayer layer, ReadOnlySpan<ulong> words)
    {
        var mask = WeightPattern.Full(layer.Mask.Shape, layer.Mask.Group);
        words.CopyTo(mask.Words);
        mask.Touch();
        return mask;
    }

    private PruningSnapshot Snapshot(KeptState kept) => new()
    {
        Masks = Words(kept.Masks),
        Weights = kept.Model.Where(IsPruned).ToDictionary(tensor => tensor.Name, tensor => tensor.Values),
        Momenta = kept.Optimiser.Where(IsPruned).ToDictionary(tensor => tensor.Name, tensor => tensor.Values),
    };

    private Dictionary<string, ulong[]> Words(IEnumerable<NamedMask> masks) =>
        masks.Where(mask => _pruned.Contains(mask.Name)).ToDictionary(mask => mask.Name, mask => mask.CopyWords());

    private IEnumerable<NamedTensor> Named(IReadOnlyDictionary<string, float[]> values) =>
        Optimiser.Pruned.Select(parameter => new NamedTensor(parameter.Name, parameter.Shape, values[parameter.Name]));

    private IEnumerable<NamedTensor> OptimiserState() =>
        _network.Parameters.SelectMany(parameter => parameter.OptimiserState);

    private bool IsPruned(NamedTensor tensor) => _pruned.Contains(tensor.Name);

    private NamedTensor[] Rest(IEnumerable<NamedTensor> tensors) => [.. tensors.Where(tensor => !IsPruned(tensor))];

    private static NamedTensor[] Copy(IEnumerable<NamedTensor> tensors) =>
        [.. tensors.Select(tensor => tensor with { Values = [.. tensor.Values] })];

    private long Changes()
    {
        var sum = 0L;
        foreach (var layer in Unit.Layers) sum += layer.Mask.Version;
        return sum;
    }
}
