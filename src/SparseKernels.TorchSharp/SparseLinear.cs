using SparseKernels.Training.Layers;
using SparseKernels.Training.Tensors;
using static TorchSharp.torch;
using OurLinear = SparseKernels.Training.Layers.Convolutions.Linear;

namespace SparseKernels.TorchSharp;

/// <summary>
/// torch's Linear on this library's kernels: <c>y[n, k] = Σ_i x[n, i] · w[k, i] + bias[k]</c> with <c>weight [K, C]</c> and <c>bias [K]</c> under torch's
/// names and with torch's first values. It becomes part of the stretch of a <see cref="SparseSequential"/> or a converted model around it. Inputs of
/// other dimensions than two, other types or devices, and modules with hooks, run as torch runs them.
/// </summary>
public sealed class SparseLinear : SparseModule
{
    private readonly int _inputs, _outputs;

    /// <summary>Makes a fully connected layer.</summary>
    /// <param name="inFeatures">Inputs C.</param>
    /// <param name="outFeatures">Outputs K.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="options">Threads, schedule and memory.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is under 1 or too large.</exception>
    public SparseLinear(long inFeatures, long outFeatures, bool bias = true, SparseTorchOptions? options = null)
        : base(nameof(SparseLinear), () => First(inFeatures, outFeatures, bias))
    {
        (_inputs, _outputs) = ((int)inFeatures, (int)outFeatures);
        Draw(options);
    }

    private protected override int Rank => 2;

    private protected override Layer CreateLayer(string name) => new OurLinear(name, new FeatureShape(_inputs, 1, 1), _outputs, _bias is not null);

    private protected override Tensor ForwardByTorch(Tensor input) => nn.functional.linear(input, _weight, _bias);

    private static (Tensor Weight, Tensor? Bias, AnyModule Module) First(long inFeatures, long outFeatures, bool bias)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inFeatures, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outFeatures, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inFeatures, int.MaxValue);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(outFeatures, int.MaxValue / inFeatures);
        var theirs = nn.Linear(inFeatures, outFeatures, bias);
        return (theirs.weight, theirs.bias, theirs);
    }
}
