using SparseKernels.Pruning;
using SparseKernels.Sparsity;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Pruning;

/// <summary>
/// <see cref="AdamW"/> of a network that a pruning unit prunes. AdamW updates all parameters and keeps them to their masks, then the unit
/// masks and prunes its layers' weights in a walk of its own, one more than <see cref="PrunedSgd"/> takes. Each pruned layer's pattern is
/// its parameter's <see cref="Parameter.Mask"/>, one object. Weights that grow again begin with moments of zero.
/// </summary>
public sealed class PrunedAdamW : IPrunedOptimiser
{
    private readonly PruningUnit _unit;
    private readonly RegisteredLayers _layers;
    private readonly Func<double, float, float> _rateAt;
    private LayerTraffic _ofUnit;

    /// <summary>Registers a network's layers with a pruning unit and makes their patterns the parameters' masks.</summary>
    /// <param name="network">The network.</param>
    /// <param name="unit">A unit without layers; layers get the names of their weight parameters.</param>
    /// <param name="settings">AdamW's numbers; PyTorch's by default.</param>
    /// <param name="denseLayers">
    /// Convolutions and fully connected layers that are not pruned; the first and the last by default. Frozen ones never are.
    /// </param>
    /// <param name="group">The shape of a coarse group; 16 output channels of a filter row by default.</param>
    /// <param name="rateExponent">
    /// How strongly a pruned layer's learning rate rises as its weights get fewer; see <see cref="MaskedSgd.RateExponent"/>.
    /// </param>
    /// <param name="threads">Threads to use; as many as the machine offers when null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="network"/> or <paramref name="unit"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="unit"/> has layers, a dense layer doesn't exist, or none is left to prune.
    /// </exception>
    public PrunedAdamW(
        Network network, PruningUnit unit, AdamWSettings? settings = null, IReadOnlyCollection<string>? denseLayers = null,
        CoarseGroup? group = null, float rateExponent = 0, int? threads = null)
    {
        _layers = new RegisteredLayers(network, unit, denseLayers);
        _unit = unit;
        var rates = new MaskedSgd(rateExponent: rateExponent);
        _rateAt = rates.RateAt;
        Updates = new AdamW(network.Parameters, settings, threads);
        _layers.Register(group);
    }

    /// <summary>What updates the parameters.</summary>
    public AdamW Updates { get; }

    /// <summary>The parameters that are pruned, in the order of the unit's layers.</summary>
    public IReadOnlyList<Parameter> Pruned => _layers.Pruned;

    /// <summary>Has the backward pass of the next step leave the gradients that the unit's strategy wants.</summary>
    public void Prepare() => _layers.Prepare();

    /// <summary>Orders channels as <see cref="PrunedSgd.OrderChannels"/> does, the second moments too.</summary>
    /// <returns>Whether any order changed.</returns>
    public bool OrderChannels() => _layers.OrderChannels();

    LayerTraffic IOptimiser.StepTraffic => _ofUnit + ((IOptimiser)Updates).StepTraffic;

    /// <inheritdoc/>
    public void Step(float rate)
    {
        // Before the update, which would pack the unit's layers as well.
        _layers.SetUp();
        Updates.Step(rate, _rateAt);
        var before = _unit.Traffic;
        var changed = _unit.Step();
        _ofUnit = new LayerTraffic(_unit.Traffic.Read - before.Read, _unit.Traffic.Written - before.Written);
        _layers.Touch();
        if (!changed) return;
        foreach (var parameter in _layers.Pruned)
        {
            // The unit knows of weights and first moments alone.
            parameter.Mask!.Apply(parameter.SecondMoment);
            if (parameter.LargestSecondMoment is { } largest) parameter.Mask.Apply(largest);
        }
    }
}
