namespace SparseKernels.Passes.Frame;

/// <summary>Weights in the form a sparse pass reads.</summary>
internal abstract unsafe class SparseWeightForm : IDisposable
{
    /// <summary>Takes plain weights <c>[K, C/Groups, R, S]</c> and finds their zeros.</summary>
    public abstract void Pack(float* plain);

    /// <summary>
    /// Takes plain weights whose zeros are where they were at the last <see cref="Pack"/>: values alone change, in place.
    /// </summary>
    public abstract void UpdateValues(float* plain);

    public abstract void Dispose();
}
