using System.Diagnostics;
using SparseKernels.Memory;
using SparseKernels.Packing;
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
    private readonly MaskedWeights _weights;
    private readonly Direction _forward = new();
    private readonly Direction _backwardData = new();
    private readonly Dictionary<ITapPass, DenseForm> _dense = [];
    private readonly Dictionary<ISparseTapPass, SparseForm> _sparse = [];
    private MovedBytes _packed;
    private long _ticks;

    /// <param name="shape">The sizes.</param>
    /// <param name="owner">What the caller knows as disposed when the memory is gone.</param>
    public PackedForms(ConvolutionShape shape, string owner)
    {
        (_shape, _owner) = (shape, owner);
        _weights = new MaskedWeights(shape, owner);
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
    public float* Plain
    {
        get
        {
            lock (_lock) return _weights.Plain;
        }
    }

    /// <summary>Whether no weight is infinite or NaN.</summary>
    public bool AreFinite
    {
        get
        {
            lock (_lock) return _weights.AreFinite;
        }
    }

    /// <summary>Whether the last weights were taken as their live ones alone, so that whoever changes them may as well pack them.</summary>
    public bool KeepsLiveAlone
    {
        get
        {
            lock (_lock) return _weights.KeepsLiveAlone;
        }
    }

    /// <summary>What taking and packing weights has moved so far, and how long the packing took within passes.</summary>
    public (MovedBytes Moved, long Ticks) Packed
    {
        get
        {
            lock (_lock) return (_weights.Moved + _packed, _ticks);
        }
    }

    /// <summary>Takes new weights.</summary>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>, as many as the shape has.</param>
    /// <param name="pattern">Which are live, in the same order; null where they must be looked at for zeros.</param>
    /// <param name="live">The same weights by whoever packed them already, in rows of as many; null where nobody did.</param>
    public void Update(ReadOnlySpan<float> w, WeightPattern? pattern = null, LiveWeights? live = null)
    {
        using var use = Enter();
        lock (_lock) Stale(_weights.Take(w, pattern, live) ? Staleness.Pattern : Staleness.Values);
    }

    /// <summary>Takes new values of weights whose zeros are where they were.</summary>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>, as many as the shape has.</param>
    public void UpdateValues(ReadOnlySpan<float> w)
    {
        using var use = Enter();
        lock (_lock)
        {
            _weights.TakeValues(w);
            Stale(Staleness.Values);
        }
    }

    /// <summary>Density as Forward, or BackwardData, sees it: once for each pattern, of the pattern or, where none was given, by a sample.</summary>
    public OperandDensity Density(bool forward)
    {
        lock (_lock)
        {
            return Of(forward).Density ??= _weights.GivenPattern is { } pattern
                ? PatternDensity.Of(pattern, forward)
                : DensitySampler.OfWeights(_weights.Plain, _shape, forward, SampledBlocks.OfPackedWeights);
        }
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
            if (!_dense.TryGetValue(pass, out var form)) _dense[pass] = form = new DenseForm(new AlignedBuffer(pass.PackedWeightsLength, _owner));
            if (!form.IsStale) return form.Weights.Pointer;
            var start = Stopwatch.GetTimestamp();
            pass.PackWeights(_weights.Plain, form.Weights.Pointer);
            Count(start, new MovedBytes(MovedBytes.Of(_shape.WeightLength), MovedBytes.Of(pass.PackedWeightsLength)));
            form.IsStale = false;
            return form.Weights.Pointer;
        }
    }

    /// <summary>The weights in the form of a sparse pass of the plan.</summary>
    public SparseWeightForm Of(ISparseTapPass pass)
    {
        lock (_lock)
        {
            if (!_sparse.TryGetValue(pass, out var form)) _sparse[pass] = form = new SparseForm(pass.CreateWeights());
            if (form.Staleness == Staleness.None) return form.Weights;
            var start = Stopwatch.GetTimestamp();
            Count(start, form.Staleness == Staleness.Pattern ? form.Weights.Pack(_weights) : form.Weights.UpdateValues(_weights));
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
        _weights.Dispose();
        foreach (var form in _dense.Values) form.Weights.Dispose();
        foreach (var form in _sparse.Values) form.Weights.Dispose();
    }

    private void Count(long start, MovedBytes moved)
    {
        _packed += moved;
        _ticks += Stopwatch.GetTimestamp() - start;
    }

    private void Stale(Staleness staleness)
    {
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
