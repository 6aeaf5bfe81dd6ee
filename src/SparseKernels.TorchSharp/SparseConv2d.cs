using SparseKernels.TorchSharp.Sketching;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Convolutions;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp;

/// <summary>
/// torch's Conv2d on this library's kernels: <c>y = x ∗ w + bias</c> with <c>weight [K, C/groups, R, S]</c> and <c>bias [K]</c> under torch's names and
/// with torch's first values, so that state dictionaries of the two fit each other. Padding is of zeros. It becomes part of the stretch of a
/// <see cref="SparseSequential"/> or a converted model around it. Inputs of other types or devices, and modules with hooks, run as torch runs them.
/// </summary>
public sealed class SparseConv2d : SparseModule
{
    private readonly Size2D _kernel, _stride, _padding, _dilation;
    private readonly int _inputs, _outputs, _groups;

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
        : base(nameof(SparseConv2d), () => First(inChannels, outChannels, kernelSize, stride ?? 1, padding ?? 0, dilation ?? 1, groups, bias))
    {
        (_inputs, _outputs, _groups, _kernel) = ((int)inChannels, (int)outChannels, (int)groups, kernelSize);
        (_stride, _padding, _dilation) = (stride ?? 1, padding ?? 0, dilation ?? 1);
        Draw(options);
    }

    private protected override int Rank => 4;

    private protected override int Groups => _groups;

    private protected override Layer CreateLayer(string name) => Make(name, _inputs, _outputs, _kernel, _stride, _padding, _dilation, _groups, _bias is not null);

    private protected override Tensor ForwardByTorch(Tensor input) => nn.functional.conv2d(
        input, _weight, _bias, [_stride.Height, _stride.Width], [_padding.Height, _padding.Width], [_dilation.Height, _dilation.Width], _groups);

    /// <summary>Our layer checks the sizes, torch's module has torch's first values.</summary>
    private static (Tensor Weight, Tensor? Bias, AnyModule Module) First(
        long inChannels, long outChannels, Size2D kernel, Size2D stride, Size2D padding, Size2D dilation, long groups, bool bias)
    {
        _ = Make(nameof(SparseConv2d), inChannels, outChannels, kernel, stride, padding, dilation, groups, bias);
        var theirs = nn.Conv2d(
            inChannels, outChannels, Pair(kernel), Pair(stride), Pair(padding), Pair(dilation), groups: groups, bias: bias);
        return (theirs.weight, theirs.bias, theirs);
    }

    private static Conv2d Make(
        string name, long inChannels, long outChannels, Size2D kernel, Size2D stride, Size2D padding, Size2D dilation, long groups, bool bias) => new(
        name, Int(inChannels, nameof(inChannels)), Int(outChannels, nameof(outChannels)), kernel, stride, Windows.Padding(padding), dilation,
        Int(groups, nameof(groups)), bias);

    private static (long, long) Pair(Size2D size) => (size.Height, size.Width);

    private static int Int(long size, string argument) => size is >= 1 and <= 1 << 24
        ? (int)size
        : throw new ArgumentOutOfRangeException(argument, $"{argument} must be 1 to {1 << 24}, got {size}.");
}
