using SparseKernels.TorchSharp.Nodes;
using SparseKernels.TorchSharp.Sketching;
using SparseKernels.Training.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace SparseKernels.TorchSharp;

/// <summary>
/// What <see cref="SparseConv2d"/> and <see cref="SparseLinear"/> share: a weight and a bias under torch's names, and the node of torch's graph that
/// multiplies by them.
/// </summary>
public abstract class SparseModule : TensorModule, IOwnModule
{
    // Not private: torch finds by reflection what a module's own type can see, to register it and to replace it when types or devices change.
    [ComponentName(Name = "weight")]
    private protected TorchParameter _weight;

    [ComponentName(Name = "bias")]
    private protected TorchParameter? _bias;

    private TorchStretch? _stretch;

    /// <summary>Makes a module with copies of a weight and a bias.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="first">Makes a module of torch's, whose first values it gets.</param>
    private protected SparseModule(string name, Func<(Tensor Weight, Tensor? Bias, AnyModule Module)> first)
        : base(name)
    {
        var (weight, bias, theirs) = first();
        using (theirs)
        using (no_grad())
            (_weight, _bias) = (new TorchParameter(weight.clone()), bias is null ? null : new TorchParameter(bias.clone()));
        RegisterComponents();
    }

    /// <summary>The weights.</summary>
    public TorchParameter Weight => _weight;

    /// <summary>The bias, <c>[K]</c>; null for none.</summary>
    public TorchParameter? Bias => _bias;

    int IOwnModule.Rank => Rank;

    ModuleParameters IOwnModule.Parameters => new(() => _weight, () => _bias, MayFreeze: true, Multiplies: true, Groups);

    /// <summary>Dimensions of its input.</summary>
    private protected abstract int Rank { get; }

    /// <summary>The groups of its channels.</summary>
    private protected virtual int Groups => 1;

    /// <summary>What ran, and on which kernels, for each size of the input that memory is kept for.</summary>
    /// <returns>Lines of text; none before the first call.</returns>
    public string Explain() => _stretch?.Explain() ?? "";

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => _stretch?.TryRun(input) ?? ForwardByTorch(input);

    Layer IOwnModule.CreateLayer(string name) => CreateLayer(name);

    /// <summary>The layer that computes the same, with values of its own.</summary>
    private protected abstract Layer CreateLayer(string name);

    /// <summary>What torch computes.</summary>
    private protected abstract Tensor ForwardByTorch(Tensor input);

    /// <summary>Makes the node, once the sizes are known.</summary>
    private protected void Draw(SparseTorchOptions? options) =>
        _stretch = StretchSketch.TryDraw([this], KnownBlocks.None, options ?? new SparseTorchOptions(), out _, out _);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _stretch?.Dispose();
        base.Dispose(disposing);
    }
}
