using SparseKernels.Memory;
using SparseKernels.Scheduling;

namespace SparseKernels;

/// <summary>
/// The weights of one <see cref="ConvolutionPlan"/> in the forms its kernels read, for Forward and for BackwardData.
/// Made by <see cref="ConvolutionPlan.CreatePackedWeights"/>; call <see cref="Update"/> after the weights changed.
/// </summary>
/// <remarks>
/// A form is packed when a pass first needs it after an update. Passes on several threads may share the object; updating it
/// meanwhile is not allowed. Before the first update all weights are zero.
/// </remarks>
public sealed unsafe class PackedWeights : IDisposable
{
    private readonly Lock _lock = new();
    private readonly AlignedBuffer _plain;
    private AlignedBuffer? _forward;
    private AlignedBuffer? _backwardData;
    private bool _forwardIsStale = true;
    private bool _backwardDataIsStale = true;

    internal PackedWeights(ConvolutionPlan plan)
    {
        Plan = plan;
        _plain = new AlignedBuffer(plan.Shape.WeightLength);
    }

    internal ConvolutionPlan Plan { get; }

    internal float* Forward => Packed(ref _forward, ref _forwardIsStale, Plan.ForwardPass);

    internal float* BackwardData => Packed(ref _backwardData, ref _backwardDataIsStale, Plan.BackwardDataPass);

    /// <summary>Takes new values.</summary>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>, row-major.</param>
    /// <exception cref="ArgumentException"><paramref name="w"/> has not the shape's number of weights.</exception>
    /// <exception cref="ObjectDisposedException">The object is disposed.</exception>
    public void Update(ReadOnlySpan<float> w)
    {
        new ArgumentCheck(Plan.Shape).Weights(w.Length, nameof(w));
        lock (_lock)
        {
            w.CopyTo(new Span<float>(_plain.Pointer, Plan.Shape.WeightLength));
            _forwardIsStale = true;
            _backwardDataIsStale = true;
        }
    }

    /// <summary>Frees the memory. Calling it again does nothing.</summary>
    public void Dispose()
    {
        _plain.Dispose();
        _forward?.Dispose();
        _backwardData?.Dispose();
    }

    private float* Packed(ref AlignedBuffer? buffer, ref bool isStale, ITapPass pass)
    {
        lock (_lock)
        {
            var plain = _plain.Pointer;
            buffer ??= new AlignedBuffer(pass.PackedWeightsLength);
            if (isStale) pass.PackWeights(plain, buffer.Pointer);
            isStale = false;
            return buffer.Pointer;
        }
    }
}
