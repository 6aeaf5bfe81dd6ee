using SparseKernels.Memory;
using SparseKernels.Sparsity;

namespace SparseKernels.Packing;

/// <summary>
/// Weights <c>[K, C/Groups, R, S]</c> and their pattern as one, for whoever packs them: plain, or the live ones alone. Each is made from the
/// other when it is first asked for, and new weights are taken as what was asked for since the last ones: a network whose passes all walk
/// lists keeps no plain copy. Before the first weights all are zero. Not for several threads at once.
/// </summary>
/// <param name="shape">The sizes.</param>
/// <param name="owner">What the caller knows as disposed when the memory is gone.</param>
internal sealed unsafe class MaskedWeights(ConvolutionShape shape, string owner) : IDisposable
{
    private readonly WeightPattern _pattern = WeightPattern.Empty(shape);
    private readonly LiveWeights _live = new(shape);

    /// <summary>The caller's pattern that <see cref="_pattern"/> is a copy of, and its version then.</summary>
    private (WeightPattern Pattern, int Version)? _given;
    private AlignedBuffer? _copy;
    private float* _borrowed;
    private bool _knowsPattern = true;
    private bool _hasPlain;
    private bool _hasPlaces;
    private bool _hasValues = true;
    private bool? _areFinite;
    private (bool Plain, bool Live) _asked;
    private (bool Plain, bool Live) _keeps = (Plain: true, Live: false);

    /// <summary>What taking weights, and making one form from another, has moved so far.</summary>
    public MovedBytes Moved { get; private set; }

    /// <summary>Which weights are live, if it came with them; null where they must be looked at.</summary>
    public WeightPattern? GivenPattern => _given is null ? null : _pattern;

    /// <summary><c>[K, C/Groups, R, S]</c>.</summary>
    public float* Plain
    {
        get
        {
            _asked.Plain = true;
            if (_hasPlain) return Current;
            var live = LivePlaces();
            Moved += live.Expand(Copy.Pointer);
            _hasPlain = true;
            return Current;
        }
    }

    /// <summary>The live ones alone.</summary>
    public LiveWeights Live
    {
        get
        {
            _asked.Live = true;
            var live = LivePlaces();
            if (!_hasValues) Moved += live.Take(Current);
            _hasValues = true;
            return live;
        }
    }

    /// <summary>Whether the last weights were taken as their live ones alone.</summary>
    public bool KeepsLiveAlone => _hasValues && !_keeps.Plain;

    /// <summary>Whether no weight is infinite or NaN.</summary>
    public bool AreFinite => _areFinite ??= FindFinite();

    /// <summary>Which weights are live.</summary>
    private WeightPattern Pattern
    {
        get
        {
            if (_knowsPattern) return _pattern;
            _pattern.Become(new ReadOnlySpan<float>(Current, shape.WeightLength));
            Moved += new MovedBytes(MovedBytes.Of(shape.WeightLength), MovedBytes.OfBits(shape.WeightLength));
            _knowsPattern = true;
            return _pattern;
        }
    }

    private AlignedBuffer Copy => _copy ??= new AlignedBuffer(shape.WeightLength, owner);

    private float* Current => _borrowed != null ? _borrowed : Copy.Pointer;

    /// <summary>Takes a copy of new weights.</summary>
    /// <param name="w">As many as the shape has, zero outside the pattern.</param>
    /// <param name="pattern">Which are live, in the shape's order; null where they must be looked at for zeros.</param>
    /// <param name="live">The same weights by whoever packed them already, in rows of as many; null where nobody did.</param>
    /// <returns>Whether other weights than before may be live.</returns>
    public bool Take(ReadOnlySpan<float> w, WeightPattern? pattern, LiveWeights? live = null)
    {
        var isOther = pattern is null || _given != (pattern, pattern.Version);
        if (isOther)
        {
            (_given, _knowsPattern, _hasPlaces) = (null, pattern is not null, false);
            if (pattern is not null)
            {
                _pattern.Become(pattern);
                _given = (pattern, pattern.Version);
                var bits = MovedBytes.OfBits(shape.WeightLength);
                Moved += new MovedBytes(bits, bits);
            }
        }

        TakeValues(w, live);
        return isOther;
    }

    /// <summary>Takes a copy of new values of weights of which the same are live.</summary>
    /// <param name="w">As many as the shape has.</param>
    /// <param name="live">The same weights by whoever packed them already; null where nobody did.</param>
    public void TakeValues(ReadOnlySpan<float> w, LiveWeights? live = null)
    {
        if (_asked.Plain || _asked.Live) _keeps = _asked;
        _asked = default;
        _areFinite = null;
        _hasValues = _knowsPattern && _keeps.Live;
        _hasPlain = _keeps.Plain || !_hasValues;
        if (_hasPlain)
        {
            w.CopyTo(new Span<float>(Copy.Pointer, shape.WeightLength));
            Moved += new MovedBytes(MovedBytes.Of(w.Length), MovedBytes.Of(w.Length));
        }

        if (!_hasValues) return;
        if (live is not null)
        {
            if (!_hasPlaces) Moved += _live.CopyPlaces(live);
            _hasPlaces = true;
            Moved += _live.CopyValues(live);
            return;
        }

        var places = LivePlaces();
        fixed (float* from = w) Moved += places.Take(_hasPlain ? Copy.Pointer : from);
    }

    /// <summary>Stands for weights of the caller's, who keeps them as they are; nothing is copied.</summary>
    /// <param name="plain"><c>[K, C/Groups, R, S]</c>.</param>
    public void Borrow(float* plain)
    {
        _borrowed = plain;
        (_hasPlain, _given, _knowsPattern, _hasPlaces, _hasValues, _areFinite) = (true, null, false, false, false, null);
    }

    public void Dispose()
    {
        _live.Dispose();
        _copy?.Dispose();
    }

    private LiveWeights LivePlaces()
    {
        if (_hasPlaces) return _live;
        var pattern = Pattern;
        Moved += _live.Find(pattern);
        _hasPlaces = true;
        return _live;
    }

    private bool FindFinite()
    {
        var (ofLive, count) = _hasPlain && !(_hasValues && _hasPlaces) ? (false, shape.WeightLength) : (true, LivePlaces().Count);
        Moved += new MovedBytes(MovedBytes.Of(count), 0);
        return Finiteness.Of(ofLive ? _live.Values : Current, count);
    }
}
