using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Bench.Learning;

/// <summary>One of our models that goes on from given weights and masks and is pruned in periods.</summary>
internal sealed class PrunedTrainer : IDisposable
{
    private readonly PruningPeriods _periods;
    private readonly PruningUnit _unit;
    private readonly PrunedSgd _optimiser;
    private readonly OwnTrainer _trainer;

    /// <summary>Builds the model, with the weights and masks of a file.</summary>
    /// <param name="model">Its name in the catalogue.</param>
    /// <param name="weights">The weights, pruned or not.</param>
    /// <param name="settings">Batch and threads.</param>
    /// <param name="recipe">The optimiser's settings.</param>
    /// <param name="pruning">How it is pruned.</param>
    /// <exception cref="InvalidDataException">The weights are another network's.</exception>
    public PrunedTrainer(
        string model, WeightsFile weights, (int Batch, int Threads) settings, TrainingRecipe recipe, AccuracyGatedOptions pruning)
    {
        _periods = new PruningPeriods(pruning);
        _unit = new PruningUnit(_periods, settings.Threads);
        _trainer = new OwnTrainer(model, settings, recipe);
        weights.Restore(_trainer.Network);

        // The unit's masks take the place of the file's.
        _optimiser = new PrunedSgd(
            _trainer.Network, _unit, recipe.Momentum, recipe.WeightDecay, recipe.Nesterov, rateExponent: (float)new PruningSettings().RateExponent,
            threads: settings.Threads);
        foreach (var layer in _unit.Layers)
        {
            if (weights.Masks.FirstOrDefault(mask => mask.Name == layer.Name)?.Mask is not { } mask) continue;
            for (var i = mask.NextDead(0, layer.Shape.WeightLength); i < layer.Shape.WeightLength; i = mask.NextDead(i + 1, layer.Shape.WeightLength)) layer.Prune(i);
        }
    }

    /// <summary>The model.</summary>
    public OwnTrainer Trainer => _trainer;

    /// <summary>What is pruned, and how it spreads.</summary>
    public PruningReport Report => _unit.Report;

    /// <summary>Has the next step prune to a sparsity.</summary>
    public void Begin(double sparsity) => _periods.Begin(sparsity, _unit.Layers);

    /// <summary>One training step; the loss before the update.</summary>
    public double Step(float[] images, int[] labels, float rate) => _trainer.Network.Step(images, labels, _optimiser, rate).Loss;

    /// <summary>Orders the channels by the masks, as a run does behind each pruning.</summary>
    public void OrderChannels() => _optimiser.OrderChannels();

    /// <inheritdoc/>
    public void Dispose() => _trainer.Dispose();
}
