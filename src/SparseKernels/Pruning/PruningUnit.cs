using System.Diagnostics;
using SparseKernels.Sparsity;
using SparseKernels.Threading;

namespace SparseKernels.Pruning;

/// <summary>
/// Prunes weights while any training loop trains them: register each layer's weights, call <see cref="Step(MaskedSgd, float)"/> in place of
/// an optimiser (one pass that updates, masks, measures and prunes) or <see cref="Step()"/> after one, and <see cref="OnEvaluation(double)"/> after
/// each evaluation. Masks always come last: whatever an optimiser does, a pruned weight is zero after a step, and so is its momentum. Which
/// layers to register is the caller's choice; the first and the last of a network are usually left dense. Not for several threads at once.
/// </summary>
public sealed class PruningUnit
{
    private readonly IPruningStrategy _strategy;
    private readonly List<PrunedLayer> _layers = [];
    private readonly int _threads;
    private WeightPass? _pass;
    private PruningSnapshot? _snapshot;
    private long _pruningSteps;
    private WeightTraffic _traffic;
    private WeightTraffic _separate;

    /// <summary>Makes a unit without layers.</summary>
    /// <param name="strategy">Decides what is pruned and when.</param>
    /// <param name="threads">Threads to use; as many as the machine offers when null. Results don't depend on it.</param>
    /// <exception cref="ArgumentNullException"><paramref name="strategy"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is under 1.</exception>
    public PruningUnit(IPruningStrategy strategy, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        _threads = threads ?? ComputeTopology.Default.Threads;
        ArgumentOutOfRangeException.ThrowIfLessThan(_threads, 1, nameof(threads));
        _strategy = strategy;
    }

    /// <summary>The layers, in the order of their registration.</summary>
    public IReadOnlyList<PrunedLayer> Layers => _layers;

    /// <summary>Steps taken.</summary>
    public long StepsTaken { get; private set; }

    /// <summary>
    /// Whether the next step needs the gradients of pruned weights too; see <see cref="IPruningStrategy.NeedsDenseGradients"/>.
    /// </summary>
    public bool NeedsDenseGradients => _strategy.NeedsDenseGradients(StepsTaken);

    /// <summary>Whether <see cref="OnEvaluation(double)"/> may still change anything; see <see cref="IPruningStrategy.NeedsAccuracy"/>.</summary>
    public bool NeedsAccuracy => _strategy.NeedsAccuracy;

    /// <summary>
    /// Time spent on pruning: the strategy's own, and the whole pass over the weights in steps that prune; ordinary updates are not
    /// counted.
    /// </summary>
    public TimeSpan PruningTime { get; private set; }

    /// <summary>What the unit did so far.</summary>
    public PruningReport Report => new()
    {
        Layers = [.. _layers.Select(layer => layer.Report)],
        PruningSteps = _pruningSteps,
        Traffic = _traffic,
        SeparateTraffic = _separate,
    };

    /// <summary>What all steps so far asked memory for, without a report's other figures.</summary>
    internal WeightTraffic Traffic => _traffic;

    /// <summary>All that the unit remembers besides the weights: a copy, for a checkpoint.</summary>
    public PruningState State => new()
    {
        Steps = StepsTaken,
        Strategy = _strategy.Name,
        Numbers = _strategy.State,
        Masks = LayerCopies.Masks(_layers),
        Counts = LayerCopies.Counts(_layers),
        Snapshot = _snapshot,
    };

    /// <summary>Adds a layer of any framework by the sizes of its weights.</summary>
    /// <param name="name">Its name; another for each layer.</param>
    /// <param name="sizes"><c>[K, C/Groups, R, S]</c>, or <c>[K, C]</c> of a fully connected layer.</param>
    /// <param name="weights">The weights, row-major; pruned in place.</param>
    /// <param name="gradient">
    /// Their gradient, or empty: needed by <see cref="Step(MaskedSgd, float)"/> and by strategies that grow weights.
    /// </param>
    /// <param name="momentum">
    /// The optimiser's momentum, or empty: needed by <see cref="Step(MaskedSgd, float)"/>, held to the mask by both.
    /// </param>
    /// <param name="groups">
    /// Convolution groups, which K's channels belong to in equal runs; channels of two are never compared or exchanged.
    /// </param>
    /// <param name="group">The shape of a coarse group; 16 output channels of a filter row by default.</param>
    /// <returns>The layer with its mask, none of it pruned.</returns>
    /// <exception cref="ArgumentException">
    /// The name is empty or taken, the sizes are not two or four, <paramref name="groups"/> doesn't divide K, an array has another length,
    /// or two overlap.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A size, <paramref name="groups"/> or a number of <paramref name="group"/>'s is under 1.
    /// </exception>
    /// <exception cref="InvalidOperationException">Steps were taken already.</exception>
    public PrunedLayer Register(
        string name, ReadOnlySpan<int> sizes, Memory<float> weights, ReadOnlyMemory<float> gradient = default, Memory<float> momentum = default,
        int groups = 1, CoarseGroup? group = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (StepsTaken > 0) throw new InvalidOperationException($"layers are registered before the first step; {StepsTaken} were taken.");
        if (_layers.Any(other => other.Name == name)) throw new ArgumentException($"layer '{name}' is registered already.", nameof(name));
        var shape = ShapeOf(sizes, groups);
        var buffers = new LayerBuffers(weights, gradient, momentum);
        buffers.Check(shape);
        if (_layers.FirstOrDefault(other => weights.Span.Overlaps(other.Weights.Span)) is { } same)
            throw new ArgumentException($"weights of '{name}' must not overlap those of '{same.Name}'.", nameof(weights));
        var layer = new PrunedLayer(name, _layers.Count, _threads, buffers, WeightPattern.Full(shape, group ?? CoarseGroup.Default));
        _layers.Add(layer);
        _pass = null;
        return layer;
    }

    /// <summary>
    /// One step with an optimiser of one's own, after its update: prunes if the strategy says so, and makes what is pruned zero.
    /// </summary>
    /// <returns>Whether a mask changed.</returns>
    public bool Step() => Run(null, 0);

    /// <summary>
    /// One step in one pass over the weights: update, mask, sums of squares and, if the strategy says so, pruning. Blocks of 16 weights
    /// that are all pruned are jumped; gradients of pruned weights are not used.
    /// </summary>
    /// <param name="sgd">The update.</param>
    /// <param name="rate">The learning rate; finite, 0 or more.</param>
    /// <returns>Whether a mask changed.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="sgd"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rate"/> is negative or not finite.</exception>
    /// <exception cref="InvalidOperationException">A layer was registered without gradient or momentum.</exception>
    public bool Step(MaskedSgd sgd, float rate)
    {
        ArgumentNullException.ThrowIfNull(sgd);
        if (!(rate >= 0 && float.IsFinite(rate)))
            throw new ArgumentOutOfRangeException(nameof(rate), $"rate must be finite and 0 or more, got {rate}.");
        foreach (var layer in _layers)
        {
            if (!layer.Buffers.CanUpdate)
                throw new InvalidOperationException(
                    $"layer '{layer.Name}' was registered without gradient or momentum; an update needs both.");
        }

        return Run(sgd, rate);
    }

    /// <summary>
    /// Tells the strategy an accuracy. Keeps, brings back or lets go masks, weights and momenta of its layers as the result says; the rest
    /// of the network is the caller's.
    /// </summary>
    /// <param name="accuracy">Accuracy on held-out data, or on what was trained on since the last time, never on the test set; NaN where there is none.</param>
    /// <returns>What was done, for the caller to do the same with all other state.</returns>
    public PruningAction OnEvaluation(double accuracy) => OnEvaluation(new ValidationResult(accuracy, Images: 0));

    /// <summary>The same for a strategy that takes the number of images into account.</summary>
    /// <param name="result">The same, and on how many images.</param>
    /// <returns>What was done, for the caller to do the same with all other state.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of images is negative.</exception>
    public PruningAction OnEvaluation(ValidationResult result)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(result.Images, nameof(result));
        var start = Stopwatch.GetTimestamp();
        var action = Do(_strategy.OnEvaluation(result, _layers));
        PruningTime += Stopwatch.GetElapsedTime(start);
        return action;
    }

    /// <summary>Ends training: brings back the state kept last if the network has not recovered since it was pruned.</summary>
    /// <returns>What was done, for the caller to do the same with all other state.</returns>
    public PruningAction Finish() => Do(_strategy.Finish());

    /// <summary>Goes on from a state; load the weights, momenta included, first. Nothing is written if the state does not fit.</summary>
    /// <param name="state">The state of a unit with the same layers and strategy.</param>
    /// <exception cref="ArgumentNullException"><paramref name="state"/> is null.</exception>
    /// <exception cref="ArgumentException">It is of another strategy or other layers, or damaged.</exception>
    public void Restore(PruningState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Steps < 0) throw new ArgumentException($"Steps of a pruning state must be 0 or more, got {state.Steps}.", nameof(state));
        if (state.Strategy != _strategy.Name)
            throw new ArgumentException(
                $"the pruning state is of strategy '{state.Strategy}', this unit's is '{_strategy.Name}'.", nameof(state));
        LayerCopies.Check(state.Masks, _layers, nameof(state));
        if (state.Snapshot is not null) LayerCopies.Check(state.Snapshot, _layers, nameof(state));
        LayerCopies.CheckCounts(state.Counts, _layers, nameof(state));
        if (state.Snapshot is not null) LayerCopies.CheckCounts(state.Snapshot.Counts, _layers, nameof(state));
        (_strategy as IStateCheck)?.Check(state);
        _strategy.State = state.Numbers;
        LayerCopies.Restore(state.Masks, _layers);
        foreach (var layer in _layers) layer.Counts.Read(LayerCopies.CountsOf(layer, state.Counts));
        _snapshot = state.Snapshot;
        StepsTaken = state.Steps;
    }

    /// <summary>The smallest convolution of such weights: what counts here are weights alone.</summary>
    private static ConvolutionShape ShapeOf(ReadOnlySpan<int> sizes, int groups)
    {
        if (sizes.Length is not (2 or 4))
            throw new ArgumentException(
                $"sizes must be [K, C, R, S] or [K, C], got [{string.Join(", ", sizes.ToArray())}].", nameof(sizes));
        ArgumentOutOfRangeException.ThrowIfLessThan(groups, 1);
        foreach (var size in sizes) ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(sizes));
        var (r, s) = sizes.Length == 2 ? (1, 1) : (sizes[2], sizes[3]);
        return new ConvolutionShape(1, checked(sizes[1] * groups), r, s, sizes[0], r, s, groups: groups);
    }

    private bool Run(MaskedSgd? sgd, float rate)
    {
        var start = Stopwatch.GetTimestamp();
        var before = Versions();
        _strategy.BeforeUpdate(StepsTaken, _layers);
        var chosen = Stopwatch.GetElapsedTime(start);
        _pass ??= new WeightPass(_layers, _threads);
        var traffic = _pass.Run(sgd, rate);
        var updated = Stopwatch.GetTimestamp();
        _strategy.AfterUpdate(StepsTaken, _layers);
        foreach (var layer in _layers) traffic += layer.FollowLive();
        var changed = Versions() != before;
        PruningTime += changed ? Stopwatch.GetElapsedTime(start) : chosen + Stopwatch.GetElapsedTime(updated);
        Count(traffic, changed);
        StepsTaken++;
        return changed;
    }

    private long Versions()
    {
        var sum = 0L;
        foreach (var layer in _layers) sum += layer.Mask.Version;
        return sum;
    }

    private void Count(WeightTraffic traffic, bool changed)
    {
        _traffic += traffic;
        foreach (var layer in _layers)
        {
            _traffic += layer.TakeTraffic();
            _separate += WeightTraffic.OfSeparatePasses(layer.Shape.WeightLength, changed);
            layer.EndStep();
        }

        if (changed) _pruningSteps++;
    }

    private PruningAction Do(PruningAction action)
    {
        if (action == PruningAction.Snapshot) _snapshot = LayerCopies.Take(_layers);
        else if (action == PruningAction.Discard) _snapshot = null;
        if (action != PruningAction.Restore) return action;
        if (_snapshot is null)
            throw new InvalidOperationException($"strategy '{_strategy.Name}' asks for the state kept last, but kept none.");
        LayerCopies.Restore(_snapshot, _layers);
        _snapshot = null;
        return action;
    }
}
