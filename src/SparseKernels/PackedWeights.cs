using SparseKernels.Pruning;
using SparseKernels.Scheduling.Plans;
using SparseKernels.Sparsity;

namespace SparseKernels;

/// <summary>
/// The weights of one <see cref="ConvolutionPlan"/> in the forms its kernels read, for Forward and for BackwardData.
/// Made by <see cref="ConvolutionPlan.CreatePackedWeights"/>; call <see cref="Update(ReadOnlySpan{float})"/>, or another of that name, after the weights changed.
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
    /// Takes new weights with their pattern, so that nobody looks for zeros: lists and densities follow from the pattern, and where it is the
    /// object of the last call and has not changed since, lists stay and values change in place. A weight of the pattern that is zero just now
    /// is multiplied as any other.
    /// </summary>
    /// <param name="w">
    /// <c>[K, C/Groups, R, S]</c>, row-major. It must be zero outside <paramref name="pattern"/>, which is not looked at: whether another value
    /// there would count is not defined.
    /// </param>
    /// <param name="pattern">The weights that are live, of the same K, C/Groups, R and S; a copy is taken.</param>
    /// <exception cref="ArgumentNullException"><paramref name="pattern"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="w"/> has not the shape's number of weights, or <paramref name="pattern"/> is of other sizes.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The object is disposed.</exception>
    public void Update(ReadOnlySpan<float> w, WeightPattern pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        new SpanCheck(Plan.Shape).Weights(w.Length, nameof(w));
        CheckSizes(pattern.Shape, nameof(pattern));
        Forms.Update(w, pattern);
    }

    /// <summary>
    /// Takes the weights and the mask of a layer that a pruning unit steps. Once passes read nothing but lists of its live weights, the unit's
    /// steps write these packed, right behind the update of each weight and its pruning, so that nobody reads the other weights again.
    /// </summary>
    /// <param name="layer">
    /// The layer, of the same K, C/Groups, R and S. Whoever writes its weights other than through the unit calls its <see cref="PrunedLayer.Touch"/>.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="layer"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="layer"/> is of other sizes.</exception>
    /// <exception cref="ObjectDisposedException">The object is disposed.</exception>
    public void Update(PrunedLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        CheckSizes(layer.Shape, nameof(layer));
        Forms.Update(layer.Weights.Span, layer.Mask, layer.Live?.Version == layer.Mask.Version ? layer.Live : null);
        layer.WantsLive |= Forms.KeepsLiveAlone;
    }

    /// <summary>
    /// Takes new values of weights whose zeros are where they were: sparse forms keep their lists and change values in place. A weight
    /// that was zero at the last <c>Update</c> must still be: whether another value would count is not defined. One that has become
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

    private void CheckSizes(ConvolutionShape shape, string name)
    {
        if (SizesOf(shape) != SizesOf(Plan.Shape))
            throw new ArgumentException($"{name} must be of weights [K, C/Groups, R, S] = {SizesOf(Plan.Shape)}, got one of {SizesOf(shape)}.", name);
    }

    private static (int K, int C, int R, int S) SizesOf(ConvolutionShape shape) => (shape.K, shape.GroupC, shape.R, shape.S);
}
