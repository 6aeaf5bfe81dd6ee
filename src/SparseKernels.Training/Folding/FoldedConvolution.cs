using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Folding;

/// <summary>
/// A convolution with the batch normalisation behind it folded in: <c>w'[k] = w[k] · s[k]</c> and <c>bias'[k] = (bias[k] − mean[k]) · s[k] +
/// shift[k]</c> with <c>s = scale/√(var + ε)</c> (Jacob et al. 2018).
/// </summary>
internal sealed class FoldedConvolution
{
    private readonly Parameter _from;
    private readonly Parameter? _fromBias;
    private readonly Parameter _weight;
    private readonly Parameter _bias;
    private readonly Func<int, (double Scale, double Shift)> _affine;

    /// <summary>Makes it, with weights that <see cref="Fold"/> sets.</summary>
    /// <param name="from">Whose weights are folded.</param>
    /// <param name="taken">The convolution for inference that stands for it.</param>
    /// <param name="affine">What the normalisation multiplies each output channel by and adds then.</param>
    /// <param name="overwrites">Whether the weights of <paramref name="taken"/> are written; new ones are made else.</param>
    public FoldedConvolution(Conv2d from, Conv2d taken, Func<int, (double Scale, double Shift)> affine, bool overwrites)
    {
        (_from, _fromBias, _affine) = (from.Parameters[0], from.Parameters.Count > 1 ? from.Parameters[1] : null, affine);
        _weight = overwrites ? taken.Parameters[0] : Parameter.Fixed(_from.Name, _from.Shape, new float[_from.Length]);
        _bias = Parameter.Fixed($"{from.Name}.bias", [_from.Shape[0]], new float[_from.Shape[0]]);
        Convolution = taken.With(_weight, _bias);
    }

    /// <summary>The convolution for inference, not built.</summary>
    public Conv2d Convolution { get; }

    /// <summary>Sets its weights from what the convolution and the normalisation have now.</summary>
    public void Fold()
    {
        var from = _from.Values;
        var before = _fromBias is null ? [] : _fromBias.Values;
        var to = _weight.Value;
        var bias = _bias.Value;
        var filter = to.Length / bias.Length;
        for (var k = 0; k < bias.Length; k++)
        {
            var (scale, shift) = _affine(k);
            for (var i = k * filter; i < (k + 1) * filter; i++) to[i] = (float)(from[i] * scale);
            bias[k] = (float)(((before.IsEmpty ? 0 : before[k]) * scale) + shift);
        }

        _weight.Touch();
        _bias.Touch();
    }
}
