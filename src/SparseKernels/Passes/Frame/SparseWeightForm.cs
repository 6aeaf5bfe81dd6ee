using SparseKernels.Packing;
using SparseKernels.Sparsity;

namespace SparseKernels.Passes.Frame;

/// <summary>Weights in the form a sparse pass reads.</summary>
internal abstract class SparseWeightForm : IDisposable
{
    /// <summary>Takes weights and which of them are live.</summary>
    /// <returns>The bytes that it moved.</returns>
    public abstract MovedBytes Pack(MaskedWeights weights);

    /// <summary>Takes weights of which the same are live as at the last <see cref="Pack"/>: values alone change, in place.</summary>
    /// <returns>The bytes that it moved.</returns>
    public abstract MovedBytes UpdateValues(MaskedWeights weights);

    public abstract void Dispose();
}
