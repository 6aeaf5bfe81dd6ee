using SparseKernels.Pruning;
using SparseKernels.Sparsity;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Pruning;

/// <summary>
/// Stochastic gradient descent of a network that a pruning unit prunes: the unit updates, masks and prunes the weights of its layers in one
/// pass, and
/// <see cref="Sgd"/> updates all other parameters. Each pruned layer's pattern is its parameter's <see cref="Parameter.Mask"/>, one object.
/// </summary>
public sealed class PrunedSgd : IOptimiser
{
    private readonly Network _network;
    private readonly PruningUnit _unit;
    private readonly MaskedSgd _masked;
    private readonly Sgd _rest;
    private readonly Parameter[] _pruned;

    /// <summary>Registers a network's layers with a pruning unit and makes their patterns the parameters' masks.</summary>
    /// <param name="network">The network.</param>
    /// <param name="unit">A unit without layers; layers get the names of their weight parameters.</param>
    /// <param name="momentum">0 to 1, 1 excluded.</param>
    /// <param name="weightDecay">The factor of w that is added to the gradient; 0 or more.</param>
    /// <param name="nesterov">Whether to look ahead along the momentum; needs a momentum.</param>
    /// <param name="denseLayers">Convolutions and fully connected layers that are not pruned; the first and the last by default.</param>
    /// <param name="group">The shape of a coarse group; 16 output channels of a filter row by default.</param>
    /// <param name="rateExponent">
    /// How strongly a pruned layer's learning rate rises as its weights get fewer; see <see cref="MaskedSgd.RateExponent"/>.
    /// </param>
    /// <param name="threads">Threads to use; as many as the machine offers when null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="network"/> or <paramref name="unit"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException">
    /// The network has no weights to prune, <paramref name="unit"/> has layers, a dense layer doesn't exist, none is left to prune, or <paramref name="nesterov"/> is without
    /// momentum.
    /// </exception>
    public PrunedSgd(
        Network network, PruningUnit unit, float momentum = 0.9f, float weightDecay = 0, bool nesterov = false,
        IReadOnlyCollection<string>? denseLayers = null, CoarseGroup? group = null, float rateExponent = 0, int? threads = null)
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
        var layers = prunable.Where(weight => !dense.Contains(weight.Layer)).ToArray();
        if (layers.Length == 0)
            throw new ArgumentException(
                $"denseLayers must leave a layer to prune, got all of {network.Name}: {string.Join(", ", dense)}.", nameof(denseLayers));

        (_network, _unit) = (network, unit);
        _masked = new MaskedSgd(momentum, weightDecay, nesterov, rateExponent);
        _pruned = [.. layers.Select(layer => layer.Weight)];
        _rest = new Sgd(network.Parameters.Except(_pruned), momentum, weightDecay, nesterov, threads);
        for (var i = 0; i < layers.Length; i++)
        {
            var weight = _pruned[i];
            weight.Mask = unit.Register(weight.Name, weight.Shape, weight.Value, weight.Gradient, weight.Momentum, layers[i].Groups, group).Mask;
        }
    }

    /// <summary>The parameters that are pruned, in the order of the unit's layers.</summary>
    public IReadOnlyList<Parameter> Pruned => _pruned;

    /// <summary>Has the backward pass of the next step leave the gradients that the unit's strategy wants.</summary>
    public void Prepare()
    {
        var whole = _unit.NeedsDenseGradients;
        foreach (var parameter in _pruned) parameter.WantsWholeGradient = whole;
    }

    /// <summary>
    /// Puts the channels between the network's layers in the order that gathers like zeros of the masks into lane blocks, which kernels
    /// jump: weights with masks and momenta, biases and batch normalisations on both sides of them, and residual links. The network
    /// computes the same but for rounding. Weights are then at other places: whoever keeps something by a weight's index must not go on
    /// with it.
    /// </summary>
    /// <returns>Whether any order changed; it does only where more zeros come to lie in groups that are zero as a whole.</returns>
    public bool OrderChannels()
    {
        if (!_network.OrderChannels()) return false;
        foreach (var layer in _unit.Layers) layer.Touch();
        return true;
    }

    /// <inheritdoc/>
    public void Step(float rate)
    {
        _unit.Step(_masked, rate);
        foreach (var parameter in _pruned) parameter.TouchMasked();
        _rest.Step(rate);
    }
}
