using SparseKernels.Pruning;
using SparseKernels.Sparsity;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Pruning;

/// <summary>
/// Stochastic gradient descent of a network that a pruning unit prunes: the unit updates, masks and prunes the weights of its layers in one
/// pass, and
/// <see cref="Sgd"/> updates all other parameters. Each pruned layer's pattern is its parameter's <see cref="Parameter.Mask"/>, one object.
/// </summary>
public sealed class PrunedSgd : IPrunedOptimiser
{
    private readonly PruningUnit _unit;
    private readonly RegisteredLayers _layers;
    private readonly MaskedSgd _masked;
    private readonly Sgd _rest;
    private LayerTraffic _ofPruned;

    /// <summary>Registers a network's layers with a pruning unit and makes their patterns the parameters' masks.</summary>
    /// <param name="network">The network.</param>
    /// <param name="unit">A unit without layers; layers get the names of their weight parameters.</param>
    /// <param name="momentum">0 to 1, 1 excluded.</param>
    /// <param name="weightDecay">The factor of w that is added to the gradient; 0 or more.</param>
    /// <param name="nesterov">Whether to look ahead along the momentum; needs a momentum.</param>
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
    /// The network has no weights to prune, <paramref name="unit"/> has layers, a dense layer doesn't exist, none is left to prune, or <paramref name="nesterov"/> is without
    /// momentum.
    /// </exception>
    public PrunedSgd(
        Network network, PruningUnit unit, float momentum = 0.9f, float weightDecay = 0, bool nesterov = false,
        IReadOnlyCollection<string>? denseLayers = null, CoarseGroup? group = null, float rateExponent = 0, int? threads = null)
    {
        _layers = new RegisteredLayers(network, unit, denseLayers);
        _unit = unit;
        _masked = new MaskedSgd(momentum, weightDecay, nesterov, rateExponent);
        _rest = new Sgd(_layers.Rest, momentum, weightDecay, nesterov, threads);
        _layers.Register(group);
    }

    /// <summary>The parameters that are pruned, in the order of the unit's layers.</summary>
    public IReadOnlyList<Parameter> Pruned => _layers.Pruned;

    /// <summary>Has the backward pass of the next step leave the gradients that the unit's strategy wants.</summary>
    public void Prepare() => _layers.Prepare();

    /// <summary>
    /// Puts the channels between the network's layers in the order that gathers like zeros of the masks into lane blocks, which kernels
    /// jump: weights with masks and momenta, biases and batch normalisations on both sides of them, and residual links. The network
    /// computes the same but for rounding. Weights are then at other places: whoever keeps something by a weight's index must not go on
    /// with it.
    /// </summary>
    /// <returns>Whether any order changed; it does only where more zeros come to lie in groups that are zero as a whole.</returns>
    public bool OrderChannels() => _layers.OrderChannels();

    /// <inheritdoc/>
    public void Step(float rate)
    {
        _layers.SetUp();
        var before = _unit.Traffic;
        _unit.Step(_masked, rate);
        _ofPruned = new LayerTraffic(_unit.Traffic.Read - before.Read, _unit.Traffic.Written - before.Written);
        _layers.Touch();
        _rest.Step(rate);
    }

    LayerTraffic IOptimiser.StepTraffic => _ofPruned + ((IOptimiser)_rest).StepTraffic;
}
