using SparseKernels.Sparsity;

namespace SparseKernels.Training.Layers.Convolutions;

/// <summary>
/// A parameter's mask as a plan of other sizes over the same weights takes it: the same bits in the same order. Nothing is copied while the
/// mask stays as it is, and nothing at all where the sizes are the parameter's own.
/// </summary>
/// <param name="shape">The plan's sizes.</param>
internal sealed class ReshapedMask(ConvolutionShape shape)
{
    private WeightPattern? _copy;
    private WeightPattern? _original;
    private int _version;

    /// <summary>The mask in the plan's sizes.</summary>
    /// <param name="mask">The parameter's; null for none.</param>
    public WeightPattern? Of(WeightPattern? mask)
    {
        if (mask is null || SizesOf(mask.Shape) == SizesOf(shape)) return mask;
        if (ReferenceEquals(mask, _original) && mask.Version == _version) return _copy;
        _copy ??= WeightPattern.Full(shape, CoarseGroup.Default);
        mask.Words.CopyTo(_copy.Words);
        _copy.Touch();
        (_original, _version) = (mask, mask.Version);
        return _copy;
    }

    private static (int K, int C, int R, int S) SizesOf(ConvolutionShape of) => (of.K, of.GroupC, of.R, of.S);
}
