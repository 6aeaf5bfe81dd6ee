using SparseKernels.Memory;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Choice;
using SparseKernels.Sparsity;

namespace SparseKernels.Scheduling.Plans;

/// <summary>
/// The weights of a plan in the forms that its passes read. A form is packed when a pass first asks for it after a change. Passes on
/// several threads may share the object; changing it meanwhile is not allowed. Before the first change all weights are zero.
/// </summary>
internal sealed unsafe class PackedForms : IDisposable
{
    private readonly ConvolutionShape _shape;
    private readonly string _owner;
    private readonly Lifetime _lifetime;
    private readonly Lock _lock = new();
    private readonly AlignedBuffer _plain;
    private readonly Direction _forward = new();
    private readonly Direction _backwardData = new();
    private readonly Dictionary<ITapPass, DenseForm> _dense = [];
    private readonly Dictionary<ISparseTapPass, SparseForm> _sparse = [];

    /// <param name="shape">The sizes.</param>
    /// <param name="owner">What the caller knows as disposed when the memory is gone.</param>
    public PackedForms(ConvolutionShape shape, string owner)
    {
        (_shape, _owner) = (shape, owner);
        _plain = new AlignedBuffer(shape.WeightLength, owner);
        _lifetime = new Lifetime(owner, Release);
    }

    /// <summary>What a form must catch up with.</summary>
    private enum Staleness
    {
        None,
        Values,
        Pattern,
    }

    /// <summary><c>[K, C/Groups, R, S]</c>.</summary>
    public float* Plain => _plain.Pointer;

    /// <summary>Whether no weight is infinite or NaN.</summary>
    public bool AreFinite { get; private set; } = true;

    /// <summary>Takes new weights.</summary>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>, as many as the shape has.</param>
    public void Update(ReadOnlySpan<float> w) => Take(w, Staleness.Pattern);

    /// <summary>Takes new values of weights whose zeros are where they were.</summary>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>, as many as the shape has.</param>
    public void UpdateValues(ReadOnlySpan<float> w) => Take(w, Staleness.Values);

    /// <summary>Density as Forward, or BackwardData, sees it: estimated once for each pattern.</summary>
    public OperandDensity Density(bool forward)
    {
        lock (_lock) return Of(forward).Density ??= DensitySampler.OfWeights(_plain.Pointer, _shape, forward, SampledBlocks.OfPackedWeights);
    }

    /// <summary>Whether the weights have changed since the last call of Forward, or of BackwardData, which is thereby told.</summary>
    public bool TakeChange(bool forward)
    {
        lock (_lock)
        {
            var direction = Of(forward);
            var changed = !direction.HasSeen;
            direction.HasSeen = true;
            return changed;
        }
    }

    /// <summary>The weights in the form of a dense pass of the plan.</summary>
    public float* Of(ITapPass pass)
    {
        lock (_lock)
        {
            var plain = _plain.Pointer;
            if (!_dense.TryGetValue(pass, out var form)) _dense[pass] = form = new DenseForm(new AlignedBuffer(pass.PackedWeightsLength, _owner));
            if (form.IsStale) pass.PackWeights(plain, form.Weights.Pointer);
            form.IsStale = false;
            return form.Weights.Pointer;
        }
    }

    /// <summary>The weights in the form of a sparse pass of the plan.</summary>
    public SparseWeightForm Of(ISparseTapPass pass)
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

    /// <summary>Keeps the memory for a call.</summary>
    /// <exception cref="ObjectDisposedException">The object is disposed.</exception>
    public Lifetime.Use Enter() => _lifetime.Enter();

    /// <summary>Frees the memory, once calls that run have ended. Calling it again does nothing.</summary>
    public void Dispose() => _lifetime.Close();

    private Direction Of(bool forward) => forward ? _forward : _backwardData;

    private void Release()
    {
        _plain.Dispose();
        foreach (var form in _dense.Values) form.Weights.Dispose();
        foreach (var form in _sparse.Values) form.Weights.Dispose();
    }

    private void Take(ReadOnlySpan<float> w, Staleness staleness)
    {
        using var use = Enter();
        lock (_lock)
        {
            w.CopyTo(new Span<float>(_plain.Pointer, _shape.WeightLength));
            AreFinite = Finiteness.Of(_plain.Pointer, w.Length);
            foreach (var direction in (ReadOnlySpan<Direction>)[_forward, _backwardData])
            {
                direction.HasSeen = false;
                if (staleness == Staleness.Pattern) direction.Density = null;
            }

            foreach (var form in _dense.Values) form.IsStale = true;
            foreach (var form in _sparse.Values)
            {
                if (form.Staleness < staleness) form.Staleness = staleness;
            }
        }
    }

    /// <summary>What Forward, or BackwardData, knows of the weights.</summary>
    private sealed class Direction
    {
        public OperandDensity? Density { get; set; }

        public bool HasSeen { get; set; }
    }

    private sealed class DenseForm(AlignedBuffer weights)
    {
        public AlignedBuffer Weights { get; } = weights;

        public bool IsStale { get; set; } = true;
    }

    private sealed class SparseForm(SparseWeightForm weights)
    {
        public SparseWeightForm Weights { get; } = weights;

        public Staleness Staleness { get; set; } = Staleness.Pattern;
    }
}
