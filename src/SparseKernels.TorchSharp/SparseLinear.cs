using SparseKernels.TorchSharp.Nodes;
using SparseKernels.TorchSharp.Sketching;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;
using OurLinear = SparseKernels.Training.Layers.Convolutions.Linear;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace SparseKernels.TorchSharp;

/// <summary>
/// torch's Linear on this library's kernels: <c>y[n, k] = Σ_i x[n, i] · w[k, i] + bias[k]</c> with <c>weight [K, C]</c> and <c>bias [K]</c> under torch's
/// names and with torch's first values. It becomes part of the stretch of a <see cref="SparseSequential"/> or a converted model around it. Inputs of
/// other dimensions than two, other types or devices, and modules with hooks, run as torch runs them.
/// </summary>
public sealed class SparseLinear : TensorModule, IOwnModule
{
    private readonly int _inputs, _outputs;
    private readonly TorchStretch? _stretch;

    [ComponentName(Name = "weight")]
    private readonly TorchParameter _weight;

    [ComponentName(Name = "bias")]
    private readonly TorchParameter? _bias;

    /// <summary>Makes a fully connected layer.</summary>
    /// <param name="inFeatures">Inputs C.</param>
    /// <param name="outFeatures">Outputs K.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="options">Threads, schedule and memory.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is under 1 or too large.</exception>
    public SparseLinear(long inFeatures, long outFeatures, bool bias = true, SparseTorchOptions? options = null)
        : base(nameof(SparseLinear))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inFeatures, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outFeatures, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inFeatures, int.MaxValue);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(outFeatures, int.MaxValue / inFeatures);
        (_inputs, _outputs) = ((int)inFeatures, (int)outFeatures);
        using var theirs = nn.Linear(inFeatures, outFeatures, bias);
        using var grad = no_grad();
        (_weight, _bias) = (new TorchParameter(theirs.weight.clone()), theirs.bias is { } first ? new TorchParameter(first.clone()) : null);
        RegisterComponents();
        _stretch = StretchSketch.TryDraw([this], KnownBlocks.None, (options ?? new SparseTorchOptions()).ToStretch(), out _, out _);
    }

    /// <summary>The weights, <c>[K, C]</c>.</summary>
    public TorchParameter Weight => _weight;

    /// <summary>The bias, <c>[K]</c>; null for none.</summary>
    public TorchParameter? Bias => _bias;

    int IOwnModule.Rank => 2;

    ModuleParameters IOwnModule.Parameters => new(() => _weight, () => _bias, MayFreeze: true, Multiplies: true);

    /// <summary>What ran, and on which kernels, for each batch size that memory is kept for.</summary>
    /// <returns>Lines of text; none before the first call.</returns>
    public string Explain() => _stretch?.Explain() ?? "";

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => _stretch?.TryRun(input) ?? nn.functional.linear(input, _weight, _bias);

    Layer IOwnModule.CreateLayer(string name) => new OurLinear(name, new FeatureShape(_inputs, 1, 1), _outputs, _bias is not null);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _stretch?.Dispose();
        base.Dispose(disposing);
    }
}
