using SparseKernels.Memory;

namespace SparseKernels;

/// <summary>
/// The weights of one <see cref="ConvolutionPlan"/> in the forms its kernels read, for Forward and for BackwardData.
/// Made by <see cref="ConvolutionPlan.CreatePackedWeights"/>; call <see cref="Update"/> after the weights changed.
/// </summary>
/// <remarks>Packing happens lazily, once per form and update. Reading from several threads at once is safe; updating meanwhile is not.</remarks>
public sealed class PackedWeights : IDisposable
{
    private readonly AlignedBuffer _plain;

    internal PackedWeights(ConvolutionPlan plan)
    {
        Plan = plan;
        _plain = new AlignedBuffer(plan.Shape.WeightLength);
    }

    internal ConvolutionPlan Plan { get; }

    internal unsafe ReadOnlySpan<float> Plain => new(_plain.Pointer, Plan.Shape.WeightLength);

    /// <summary>Takes new values.</summary>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>, row-major.</param>
    /// <exception cref="ArgumentException"><paramref name="w"/> has not the shape's number of weights.</exception>
    /// <exception cref="ObjectDisposedException">The object is disposed.</exception>
    public unsafe void Update(ReadOnlySpan<float> w)
    {
        if (w.Length != Plan.Shape.WeightLength)
            throw new ArgumentException($"w must have {Plan.Shape.WeightLength} elements for {Plan.Shape}, got {w.Length}.", nameof(w));
        w.CopyTo(new Span<float>(_plain.Pointer, Plan.Shape.WeightLength));
    }

    /// <summary>Frees the memory. Calling it again does nothing.</summary>
    public void Dispose() => _plain.Dispose();
}
