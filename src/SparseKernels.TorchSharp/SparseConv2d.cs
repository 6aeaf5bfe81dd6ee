using SparseKernels.TorchSharp.Nodes;
using SparseKernels.TorchSharp.Sketching;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Convolutions;
using TorchSharp.Utils;
using static TorchSharp.torch;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace SparseKernels.TorchSharp;

/// <summary>
/// torch's Conv2d on this library's kernels: <c>y = x ∗ w + bias</c> with <c>weight [K, C/groups, R, S]</c> and <c>bias [K]</c> under torch's names and
/// with torch's first values, so that state dictionaries of the two fit each other. Padding is of zeros. It becomes part of the stretch of a
/// <see cref="SparseSequential"/> or a converted model around it. Inputs of other types or devices, and modules with hooks, run as torch runs them.
/// </summary>
public sealed class SparseConv2d : TensorModule, IOwnModule
{
    private readonly Size2D _kernel, _stride, _padding, _dilation;
    private readonly long _inputs, _outputs, _groups;
    private readonly TorchStretch? _stretch;

    [ComponentName(Name = "weight")]
    private readonly TorchParameter _weight;

    [ComponentName(Name = "bias")]
    private readonly TorchParameter? _bias;

    /// <summary>Makes a convolution.</summary>
    /// <param name="inChannels">Input channels C.</param>
    /// <param name="outChannels">Output channels K.</param>
    /// <param name="kernelSize">Filter height and width.</param>
    /// <param name="stride">Step between output pixels; 1 by default.</param>
    /// <param name="padding">Zeros above and below, left and right; none by default.</param>
    /// <param name="dilation">Step between filter taps; 1, the default, means none.</param>
    /// <param name="groups">Channel groups.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="options">Threads, schedule and memory.</param>
    /// <exception cref="ArgumentException">The sizes make no convolution.</exception>
    public SparseConv2d(
        long inChannels, long outChannels, Size2D kernelSize, Size2D? stride = null, Size2D? padding = null, Size2D? dilation = null, long groups = 1, bool bias = true, SparseTorchOptions? options = null)
        : base(nameof(SparseConv2d))
    {
        (_inputs, _outputs, _groups, _kernel) = (inChannels, outChannels, groups, kernelSize);
        (_stride, _padding, _dilation) = (stride ?? 1, padding ?? 0, dilation ?? 1);

        // Our layer checks the sizes, torch's module has torch's first values.
        _ = CreateLayer(nameof(SparseConv2d), bias);
        using var theirs = nn.Conv2d(
            inChannels, outChannels, Pair(kernelSize), Pair(_stride), Pair(_padding), Pair(_dilation), groups: groups, bias: bias);
        using var grad = no_grad();
        (_weight, _bias) = (new TorchParameter(theirs.weight.clone()), theirs.bias is { } first ? new TorchParameter(first.clone()) : null);
        RegisterComponents();
        _stretch = StretchSketch.TryDraw([this], KnownBlocks.None, (options ?? new SparseTorchOptions()).ToStretch(), out _, out _);
    }

    /// <summary>The weights, <c>[K, C/groups, R, S]</c>.</summary>
    public TorchParameter Weight => _weight;

    /// <summary>The bias, <c>[K]</c>; null for none.</summary>
    public TorchParameter? Bias => _bias;

    int IOwnModule.Rank => 4;

    ModuleParameters IOwnModule.Parameters => new(() => _weight, () => _bias, MayFreeze: true, Multiplies: true, (int)_groups);

    /// <summary>What ran, and on which kernels, for each size of the input that memory is kept for.</summary>
    /// <returns>Lines of text; none before the first call.</returns>
    public string Explain() => _stretch?.Explain() ?? "";

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => _stretch?.TryRun(input) ?? nn.functional.conv2d(
        input, _weight, _bias, [_stride.Height, _stride.Width], [_padding.Height, _padding.Width], [_dilation.Height, _dilation.Width], _groups);

    Layer IOwnModule.CreateLayer(string name) => CreateLayer(name, _bias is not null);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _stretch?.Dispose();
        base.Dispose(disposing);
    }

    private Conv2d CreateLayer(string name, bool bias) => new(
        name, Int(_inputs, "inChannels"), Int(_outputs, "outChannels"), _kernel, _stride, Windows.Padding(_padding), _dilation, Int(_groups, "groups"), bias);

    private static (long, long) Pair(Size2D size) => (size.Height, size.Width);

    private static int Int(long size, string argument) => size is >= 1 and <= 1 << 24
        ? (int)size
        : throw new ArgumentOutOfRangeException(argument, $"{argument} must be 1 to {1 << 24}, got {size}.");
}
