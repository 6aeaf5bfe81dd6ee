using SparseKernels.Scheduling.Plans;

namespace SparseKernels;

/// <summary>
/// The weights of one <see cref="ConvolutionPlan"/> in the forms its kernels read, for Forward and for BackwardData.
/// Made by <see cref="ConvolutionPlan.CreatePackedWeights"/>; call <see cref="Update"/> after the weights changed.
/// </summary>
/// <remarks>
/// A form is packed when a pass first needs it after an update. Passes on several threads may share the object; updating it
/// meanwhile is not allowed. Before the first update all weights are zero.
/// </remarks>
public sealed class PackedWeights : IDisposable
{
    internal PackedWeights(ConvolutionPlan plan)
    {
        Plan = plan;
        Forms = new PackedForms(plan.Shape, nameof(PackedWeights));
    }

    internal ConvolutionPlan Plan { get; }

    internal PackedForms Forms { get; }

    /// <summary>Takes new weights.</summary>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>, row-major.</param>
    /// <exception cref="ArgumentException"><paramref name="w"/> has not the shape's number of weights.</exception>
    /// <exception cref="ObjectDisposedException">The object is disposed.</exception>
    public void Update(ReadOnlySpan<float> w)
    {
        new SpanCheck(Plan.Shape).Weights(w.Length, nameof(w));
        Forms.Update(w);
    }

    /// <summary>
    /// Takes new values of weights whose zeros are where they were: sparse forms keep their lists and change values in place. A weight
    /// that was zero at the last <see cref="Update"/> must still be: whether another value would count is not defined. One that has become
    /// zero is multiplied as any other.
    /// </summary>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>, row-major.</param>
    /// <exception cref="ArgumentException"><paramref name="w"/> has not the shape's number of weights.</exception>
    /// <exception cref="ObjectDisposedException">The object is disposed.</exception>
    public void UpdateValues(ReadOnlySpan<float> w)
    {
        new SpanCheck(Plan.Shape).Weights(w.Length, nameof(w));
        Forms.UpdateValues(w);
    }

    /// <summary>Frees the memory. Calling it again does nothing.</summary>
    public void Dispose() => Forms.Dispose();
}
