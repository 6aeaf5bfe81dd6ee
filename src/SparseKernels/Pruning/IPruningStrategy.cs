namespace SparseKernels.Pruning;

/// <summary>
/// Decides what a <see cref="PruningUnit"/> prunes and when. A strategy of one's own overrides what it needs: <see cref="BeforeUpdate"/> to
/// set thresholds that the pass over the weights applies as it updates them (<see cref="PrunedLayer.PruneBelow"/>),
/// <see cref="AfterUpdate"/> to choose weights by their new values (<see cref="PrunedLayer.Prune"/>, <see cref="PrunedLayer.Grow"/>). Both
/// are called in every step, so a step without pruning should return at once and allocate nothing.
/// </summary>
public interface IPruningStrategy
{
    /// <summary>Its name, for reports and checkpoints.</summary>
    string Name { get; }

    /// <summary>
    /// The numbers it remembers from step to step, for a checkpoint; setting them goes on from there. Empty for a strategy that the step
    /// alone decides.
    /// </summary>
    /// <exception cref="ArgumentException">A number is missing or impossible.</exception>
    IReadOnlyDictionary<string, double> State
    {
        get => new Dictionary<string, double>();
        set { }
    }

    /// <summary>
    /// Whether a step needs the gradient of pruned weights too: the training loop then computes all gradients, where else those outside the
    /// mask may be anything.
    /// </summary>
    /// <param name="step">Steps taken before it.</param>
    /// <returns>False unless the strategy grows weights by their gradients.</returns>
    bool NeedsDenseGradients(long step) => false;

    /// <summary>
    /// Whether accuracy on held-out data may still change what the strategy does; a training loop that holds data out for it alone may
    /// train on that too once this is false. True unless the strategy says otherwise.
    /// </summary>
    bool NeedsAccuracy => true;

    /// <summary>Called before a step's update.</summary>
    /// <param name="step">Steps taken before it.</param>
    /// <param name="layers">The layers.</param>
    void BeforeUpdate(long step, IReadOnlyList<PrunedLayer> layers)
    {
    }

    /// <summary>Called after a step's update.</summary>
    /// <param name="step">Steps taken before it.</param>
    /// <param name="layers">The layers.</param>
    void AfterUpdate(long step, IReadOnlyList<PrunedLayer> layers)
    {
    }

    /// <summary>Called after an evaluation.</summary>
    /// <param name="accuracy">Accuracy on held-out data, or on what was trained on since the last time; may be NaN.</param>
    /// <param name="layers">The layers.</param>
    /// <returns>What the training loop is to do.</returns>
    PruningAction OnEvaluation(double accuracy, IReadOnlyList<PrunedLayer> layers) => PruningAction.Continue;

    /// <summary>
    /// Called after an evaluation in place of <see cref="OnEvaluation(double, IReadOnlyList{PrunedLayer})"/>, which it calls unless the
    /// strategy takes the number of images into account.
    /// </summary>
    /// <param name="result">Accuracy on held-out data, or on what was trained on since the last time, and on how many images.</param>
    /// <param name="layers">The layers.</param>
    /// <returns>What the training loop is to do.</returns>
    PruningAction OnEvaluation(ValidationResult result, IReadOnlyList<PrunedLayer> layers) => OnEvaluation(result.Accuracy, layers);

    /// <summary>Called when training is over.</summary>
    /// <returns><see cref="PruningAction.Restore"/> if the state kept last is to be brought back.</returns>
    PruningAction Finish() => PruningAction.Continue;
}
