using SparseKernels.Packing;
using SparseKernels.Passes.Frame;

namespace SparseKernels.Scheduling.Plans;

/// <summary>The weights of one call whose caller brought plain ones, in the form of a sparse pass.</summary>
/// <param name="form">The form, owned from now on.</param>
/// <param name="shape">The sizes.</param>
internal sealed unsafe class PlainSparseWeights(SparseWeightForm form, ConvolutionShape shape) : IDisposable
{
    private readonly MaskedWeights _weights = new(shape, nameof(PlainSparseWeights));

    /// <summary>Packs plain weights <c>[K, C/Groups, R, S]</c>.</summary>
    public SparseWeightForm Pack(float* plain)
    {
        _weights.Borrow(plain);
        form.Pack(_weights);
        return form;
    }

    public void Dispose()
    {
        form.Dispose();
        _weights.Dispose();
    }
}
