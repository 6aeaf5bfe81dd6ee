using SparseKernels.Pruning;
using SparseKernels.Sparsity;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Pruning;

/// <summary>The layers of a network that a pruning unit prunes: each one's pattern is its weight's mask, one object.</summary>
internal sealed class RegisteredLayers
{
    private readonly Network _network;
    private readonly PruningUnit _unit;
    private readonly PrunableWeight[] _layers;
    private readonly Parameter[] _pruned;

    /// <summary>Chooses the layers; registers none yet.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="network"/> or <paramref name="unit"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="unit"/> has layers, a dense layer doesn't exist, or none is left to prune.
    /// </exception>
    public RegisteredLayers(Network network, PruningUnit unit, IReadOnlyCollection<string>? denseLayers)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(unit);
        if (unit.Layers.Count > 0) throw new ArgumentException($"unit must have no layers yet, got {unit.Layers.Count}.", nameof(unit));
        var prunable = network.PrunableWeights;
        if (prunable.Count == 0) throw new ArgumentException($"network must have a layer to prune, but {network.Name} has none.", nameof(network));
        var dense = denseLayers ?? [prunable[0].Layer, prunable[^1].Layer];
        if (dense.FirstOrDefault(name => prunable.All(weight => weight.Layer != name)) is { } unknown)
            throw new ArgumentException(
                $"denseLayers must be among {string.Join(", ", prunable.Select(weight => weight.Layer))}, got '{unknown}'.", nameof(denseLayers));
        (_network, _unit) = (network, unit);
        _layers = [.. prunable.Where(weight => !dense.Contains(weight.Layer) && !weight.Weight.IsFrozen)];
        if (_layers.Length == 0)
            throw new ArgumentException(
                $"denseLayers must leave a layer to prune that is not frozen, got of {network.Name}: {string.Join(", ", dense)}.", nameof(denseLayers));
        _pruned = [.. _layers.Select(layer => layer.Weight)];
    }

    /// <summary>The weights that are pruned, in the order of the unit's layers.</summary>
    public IReadOnlyList<Parameter> Pruned => _pruned;

    /// <summary>All other parameters of the network.</summary>
    public IEnumerable<Parameter> Rest => _network.Parameters.Except(_pruned);

    /// <summary>Registers the layers and gives their weights the unit's masks.</summary>
    public void Register(CoarseGroup? group)
    {
        for (var i = 0; i < _layers.Length; i++)
        {
            var weight = _pruned[i];
            var layer = _unit.Register(weight.Name, weight.Shape, weight.Value, weight.Gradient, weight.Momentum, _layers[i].Groups, group);
            weight.Mask = layer.Mask;
            layer.SquaredGradient = weight.SecondMoment;
            var name = _layers[i].Layer;
            layer.StepSeconds = density => PlanOf(name)?.PredictedSeconds(density) ?? 0;
        }
    }

    /// <summary>Has the next backward pass leave the gradients that the unit's strategy wants.</summary>
    public void Prepare()
    {
        var whole = _unit.NeedsDenseGradients;
        foreach (var parameter in _pruned) parameter.WantsWholeGradient = whole;
    }

    /// <summary>
    /// Tells the unit each weight's own rate, 0 for one that was frozen since, which stays under its mask; whether it decays; and which weights
    /// are read packed.
    /// </summary>
    public void SetUp()
    {
        for (var i = 0; i < _pruned.Length; i++)
        {
            var (layer, weight) = (_unit.Layers[i], _pruned[i]);
            (layer.RateFactor, layer.Decays) = (weight.IsFrozen ? 0 : weight.RateFactor, weight.Decays);
            layer.WantsLive |= weight.WantsLive;
            weight.WantsLive = false;
        }
    }

    /// <summary>Says that the unit changed the weights, and packed those that it was to.</summary>
    public void Touch()
    {
        for (var i = 0; i < _pruned.Length; i++)
        {
            var layer = _unit.Layers[i];
            _pruned[i].TouchMasked(ReferenceEquals(_pruned[i].Mask, layer.Mask) ? layer.Live : null);
        }
    }

    /// <summary>As <see cref="PrunedSgd.OrderChannels"/>.</summary>
    public bool OrderChannels()
    {
        if (!_network.OrderChannels()) return false;
        foreach (var layer in _unit.Layers) layer.Touch();
        return true;
    }

    /// <summary>A layer's plan, which is another one once the network changes its layout; none behind the network, which the unit's report outlives.</summary>
    private ConvolutionPlan? PlanOf(string layer) => _network.IsDisposed ? null : _network.Plans.FirstOrDefault(plan => plan.Name == layer)?.Plan;
}
