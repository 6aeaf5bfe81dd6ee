using SparseKernels.Memory;
using SparseKernels.Scheduling;
using SparseKernels.Sparsity;

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
    /// <summary>Runs of weights looked at to estimate their density.</summary>
    internal const int SampledRuns = 512;

    private readonly Lock _lock = new();
    private readonly AlignedBuffer _plain;
    private AlignedBuffer? _forward;
    private AlignedBuffer? _backwardData;
    private bool _forwardIsStale = true;
    private bool _backwardDataIsStale = true;
    private readonly Dictionary<ISparseTapPass, SparseForm> _sparse = [];
    private OperandDensity? _forwardDensity;
    private OperandDensity? _backwardDataDensity;
    private bool _forwardHasSeen;
    private bool _backwardDataHasSeen;

    internal PackedWeights(ConvolutionPlan plan)
    {
        Plan = plan;
        _plain = new AlignedBuffer(plan.Shape.WeightLength);
    }

    internal ConvolutionPlan Plan { get; }

    internal float* Forward => Packed(ref _forward, ref _forwardIsStale, Plan.ForwardPass);

    internal float* BackwardData => Packed(ref _backwardData, ref _backwardDataIsStale, Plan.BackwardDataPass);

    /// <summary>Takes new weights.</summary>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>, row-major.</param>
    /// <exception cref="ArgumentException"><paramref name="w"/> has not the shape's number of weights.</exception>
    /// <exception cref="ObjectDisposedException">The object is disposed.</exception>
    public void Update(ReadOnlySpan<float> w) => Take(w, Staleness.Pattern);

    /// <summary>
    /// Takes new values of weights whose zeros are where they were: sparse forms keep their lists and change values in place. A weight
    /// that was zero at the last <see cref="Update"/> must still be: whether another value would count is not defined. One that has become
    /// zero is multiplied as any other.
    /// </summary>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>, row-major.</param>
    /// <exception cref="ArgumentException"><paramref name="w"/> has not the shape's number of weights.</exception>
    /// <exception cref="ObjectDisposedException">The object is disposed.</exception>
    public void UpdateValues(ReadOnlySpan<float> w) => Take(w, Staleness.Values);

    /// <summary>Frees the memory. Calling it again does nothing.</summary>
    public void Dispose()
    {
        _plain.Dispose();
        _forward?.Dispose();
        _backwardData?.Dispose();
        foreach (var form in _sparse.Values) form.Weights.Dispose();
    }

    /// <summary>Density as Forward, or BackwardData, sees it: estimated once for each pattern.</summary>
    internal OperandDensity Density(bool forward)
    {
        lock (_lock)
        {
            ref var density = ref (forward ? ref _forwardDensity : ref _backwardDataDensity);
            return density ??= DensitySampler.OfWeights(_plain.Pointer, Plan.Shape, forward, SampledRuns);
        }
    }

    /// <summary>Whether the weights have changed since the last call of Forward, or of BackwardData, which is thereby told.</summary>
    internal bool TakeChange(bool forward)
    {
        lock (_lock)
        {
            ref var hasSeen = ref (forward ? ref _forwardHasSeen : ref _backwardDataHasSeen);
            var changed = !hasSeen;
            hasSeen = true;
            return changed;
        }
    }

    /// <summary>The weights in the form of a sparse pass of this plan.</summary>
    internal SparseWeightForm Of(ISparseTapPass pass)
    {
        lock (_lock)
        {
            var plain = _plain.Pointer;
            if (!_sparse.TryGetValue(pass, out var form)) _sparse[pass] = form = new SparseForm(pass.CreateWeights());
            if (form.Staleness == Staleness.Pattern) form.Weights.Pack(plain);
            if (form.Staleness == Staleness.Values) form.Weights.UpdateValues(plain);
            form.Staleness = Staleness.None;
            return form.Weights;
        }
    }

    private void Take(ReadOnlySpan<float> w, Staleness staleness)
    {
        new ArgumentCheck(Plan.Shape).Weights(w.Length, nameof(w));
        lock (_lock)
        {
            w.CopyTo(new Span<float>(_plain.Pointer, Plan.Shape.WeightLength));
            _forwardIsStale = true;
            _backwardDataIsStale = true;
            (_forwardHasSeen, _backwardDataHasSeen) = (false, false);
            if (staleness == Staleness.Pattern) (_forwardDensity, _backwardDataDensity) = (null, null);
            foreach (var form in _sparse.Values)
            {
                if (form.Staleness < staleness) form.Staleness = staleness;
            }
        }
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

    /// <summary>What a form must catch up with.</summary>
    private enum Staleness
    {
        None,
        Values,
        Pattern,
    }

    private sealed class SparseForm(SparseWeightForm weights)
    {
        public SparseWeightForm Weights { get; } = weights;

        public Staleness Staleness { get; set; } = Staleness.Pattern;
    }
}
