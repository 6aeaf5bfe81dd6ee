namespace SparseKernels.Pruning.Strategies;

/// <summary>
/// Decides by accuracy when to prune (patent KR 10-2022-0101418): the best accuracy is recorded; prune; train on; once accuracy is over
/// that best again (less the tolerance and the noise of so few images), prune again; when it does not get there within the patience, bring back the last state that did,
/// and stop. Equal is not over. An accuracy that is not finite counts as none: it never recovers and never becomes the best.
/// </summary>
public sealed class AccuracyGate
{
    private AccuracyGateState _state = AccuracyGateState.Initial;

    /// <summary>Makes a gate.</summary>
    /// <param name="options">Settings; the defaults where null.</param>
    public AccuracyGate(AccuracyGateOptions? options = null) => Options = options ?? new AccuracyGateOptions();

    /// <summary>The settings.</summary>
    public AccuracyGateOptions Options { get; }

    /// <summary>All that the gate remembers; set it to go on from there.</summary>
    /// <exception cref="ArgumentException">A count is negative, or accuracy was let through without one.</exception>
    public AccuracyGateState State
    {
        get => _state;
        set
        {
            if (value.Evaluations < 0 || value.Periods < 0 || value.Waited < 0 || (value.Periods > 0 && !double.IsFinite(value.Best)))
                throw new ArgumentException(
                    $"a gate's counts must be 0 or more and its best accuracy finite once it let prune, got {value}.", nameof(value));
            _state = value;
        }
    }

    /// <summary>Takes the accuracy of an evaluation.</summary>
    /// <param name="accuracy">In any unit in which more is better.</param>
    /// <returns>
    /// <see cref="PruningAction.Snapshot"/>: keep this state and prune; <see cref="PruningAction.Restore"/>: bring back the state kept last, pruning is
    /// over; else train on.
    /// </returns>
    public PruningAction OnEvaluation(double accuracy) => OnEvaluation(new ValidationResult(accuracy, Images: 0));

    /// <summary>Takes the accuracy of an evaluation on a number of images.</summary>
    /// <param name="result">
    /// The accuracy, a share of the images where <see cref="AccuracyGateOptions.StandardErrors"/> is over 0, and their number.
    /// </param>
    /// <returns>As above.</returns>
    public PruningAction OnEvaluation(ValidationResult result)
    {
        if (_state.Finished) return PruningAction.Continue;
        var accuracy = result.Accuracy;
        var seen = double.IsFinite(accuracy);
        var passes = seen && (_state.Periods == 0 ? _state.Evaluations + 1 >= Options.WarmUp : accuracy > _state.Best - MarginOf(result));
        _state = _state with
        {
            Evaluations = _state.Evaluations + 1,
            Best = seen && !(accuracy <= _state.Best) ? accuracy : _state.Best,
        };
        if (passes)
        {
            _state = _state with { Periods = _state.Periods + 1, Waited = 0 };
            return PruningAction.Snapshot;
        }

        if (_state.Periods == 0) return PruningAction.Continue;
        _state = _state with { Waited = _state.Waited + 1 };
        return _state.Waited >= Options.Patience ? Stop(PruningAction.Restore) : PruningAction.Continue;
    }

    /// <summary>Ends pruning because training is over.</summary>
    /// <returns>
    /// <see cref="PruningAction.Restore"/> if the network was pruned since it was last accurate enough; else
    /// <see cref="PruningAction.Continue"/>.
    /// </returns>
    public PruningAction Finish() =>
        _state.Finished ? PruningAction.Continue : Stop(_state.Periods > 0 ? PruningAction.Restore : PruningAction.Continue);

    /// <summary>How far under the best an accuracy may be.</summary>
    private double MarginOf(ValidationResult result) =>
        Options.Tolerance + (Options.StandardErrors > 0 ? Options.StandardErrors * result.StandardErrorAgainst(_state.Best) : 0);

    private PruningAction Stop(PruningAction action)
    {
        _state = _state with { Finished = true };
        return action;
    }
}
