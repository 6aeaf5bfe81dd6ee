using System.Diagnostics;
using SparseKernels.Sparsity;
using SparseKernels.Training.Communication;

namespace SparseKernels.Training.Distribution;

/// <summary>
/// Adds up the gradients of all ranks, step by step, those of surviving weights alone: tensors are packed by their masks, several into one
/// message, and come back where they were. Sums don't depend on how tensors share messages, so overlapping changes no bit. Where nothing
/// overlaps, a message is packed, added up and brought back while the caches hold it. Nothing is allocated once a step of the largest size was
/// seen.
/// </summary>
public sealed class GradientExchange : IDisposable
{
    /// <summary>Floats of a message that is added up while the caches hold it: a megabyte. And for each rank, so that their parts don't get small.</summary>
    private const int CachedMessage = 1 << 18, CachedPart = 1 << 13;

    private readonly MessageSender _sender;
    private readonly int _cached;
    private readonly List<(Memory<float> Gradient, WeightPattern? Mask)> _later = [];
    private PackedPart[] _parts = [];
    private int _count;
    private float[] _buffer = [];
    private int _used;
    private int _begun;
    private int _firstOfMessage;
    private long _sent;
    private float _share;
    private bool _isOpen;

    /// <summary>Prepares for steps.</summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="messageLength">Floats in a message at least, but for a step's last one, where messages overlap; 1 or more.</param>
    /// <exception cref="ArgumentNullException"><paramref name="communicator"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="messageLength"/> is under 1.</exception>
    public GradientExchange(ICommunicator communicator, int messageLength = 1 << 16)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        ArgumentOutOfRangeException.ThrowIfLessThan(messageLength, 1);
        MessageLength = messageLength;
        _cached = Math.Max(CachedMessage, checked(communicator.Size * CachedPart));
        _sender = new MessageSender(communicator);
    }

    /// <summary>Floats in a message at least, but for a step's last one, where messages overlap.</summary>
    public int MessageLength { get; }

    /// <summary>
    /// Whether messages are sent while the caller goes on, by a thread of their own; set between steps, on all ranks alike. Else all leave
    /// in <see cref="Complete"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">A step has begun.</exception>
    public bool Overlaps
    {
        get;
        set
        {
            if (_isOpen) throw new InvalidOperationException("Overlaps can be set between steps alone: Complete ends the one that has begun.");
            field = value;
        }
    }

    /// <summary>What was exchanged so far.</summary>
    public ExchangeReport Report { get; private set; }

    /// <summary>Begins a step; what an earlier one left unfinished is forgotten.</summary>
    /// <param name="share">What this rank's gradients are multiplied by: the shares of all ranks add up to 1 for a mean.</param>
    public void Begin(double share)
    {
        _sender.Wait();
        _later.Clear();
        (_count, _used, _begun, _firstOfMessage, _sent, _share, _isOpen) = (0, 0, 0, 0, 0, (float)share, true);
    }

    /// <summary>Takes a tensor that is ready: on all ranks in the same order, with the same masks. It must not be written until the step is complete.</summary>
    /// <param name="gradient">This rank's gradient; the sum of all once the step is complete.</param>
    /// <param name="mask">The weights whose gradients are wanted; null for all. Elsewhere the gradient stays as it is.</param>
    /// <exception cref="ArgumentException">The mask is of another number of weights.</exception>
    /// <exception cref="InvalidOperationException">No step has begun.</exception>
    public void Add(Memory<float> gradient, WeightPattern? mask = null)
    {
        if (!_isOpen) throw new InvalidOperationException("a step must have begun before gradients are added: call Begin.");
        if (mask is not null && mask.Shape.WeightLength != gradient.Length)
            throw new ArgumentException($"mask must be of {gradient.Length} weights as gradient, got one of {mask.Shape.WeightLength}.", nameof(mask));
        if (!Overlaps)
        {
            _later.Add((gradient, mask));
            return;
        }

        // Whole tensors: the passes that run meanwhile need the caches.
        Reserve(PackedGradient.Count(gradient.Length, mask));
        Pack(gradient, mask, 0, _buffer.Length);
        if (_used - _begun >= MessageLength) Send();
    }

    /// <summary>Waits for all sums.</summary>
    /// <param name="extras">Other numbers to add up on the way, not multiplied by the share; overwritten with their sums.</param>
    /// <exception cref="InvalidOperationException">No step has begun.</exception>
    public void Complete(Span<float> extras = default)
    {
        if (!_isOpen) throw new InvalidOperationException("a step must have begun before it can be complete: call Begin.");
        _isOpen = false;
        var start = Stopwatch.GetTimestamp();
        if (!Overlaps) Reserve(_cached);
        foreach (var (gradient, mask) in _later) Exchange(gradient, mask);
        if (!Overlaps && extras.Length > _cached - _used) Flush();
        Reserve(extras.Length);
        var at = _used;
        extras.CopyTo(_buffer.AsSpan(at));
        _used += extras.Length;
        if (_begun > 0)
        {
            if (_used > _begun) Send();
            _sender.Wait();
        }
        else
        {
            // No other thread is worth waking.
            Flush();
        }

        var waited = Stopwatch.GetElapsedTime(start);
        _buffer.AsSpan(at, extras.Length).CopyTo(extras);
        Report = new ExchangeReport(
            Report.Steps + 1, Report.Bytes + (_sent * sizeof(float)), TimeSpan.FromSeconds(_sender.Seconds), Report.Waited + waited);
    }

    /// <summary>Ends its thread, once what was sent has arrived.</summary>
    public void Dispose() => _sender.Dispose();

    private void Send()
    {
        _sender.Send(Message());
        (_begun, _firstOfMessage) = (_used, _count);
    }

    private GradientMessage Message()
    {
        _sent += _used - _begun;
        return new GradientMessage(_buffer, _begun, _used, _parts, _firstOfMessage, _count);
    }

    /// <summary>Adds up what is in the buffer, brings it back and begins anew.</summary>
    private void Flush()
    {
        if (_used > _begun) _sender.Exchange(Message());
        (_used, _count) = (0, 0);
    }

    /// <summary>A whole gradient, in as many messages as it fills.</summary>
    private void Exchange(Memory<float> gradient, WeightPattern? mask)
    {
        for (var next = Pack(gradient, mask, 0, _cached); next < gradient.Length; next = Pack(gradient, mask, next, _cached)) Flush();
    }

    /// <summary>Packs as much as the buffer takes up to a length.</summary>
    /// <returns>The first element of the rest.</returns>
    private int Pack(Memory<float> gradient, WeightPattern? mask, int first, int end)
    {
        var next = first;
        var length = PackedGradient.Pack(gradient.Span, mask, _share, ref next, _buffer.AsSpan(_used, end - _used));
        if (length == 0) return next;

        // A larger array is another one: what is on its way keeps the one that it was sent with.
        if (_count == _parts.Length) Array.Resize(ref _parts, Math.Max(16, 2 * _count));
        _parts[_count++] = new PackedPart(gradient, mask, first, _used, length);
        _used += length;
        return next;
    }

    private void Reserve(int length)
    {
        if (_buffer.Length >= (long)_used + length) return;

        // What is on its way arrives in the old buffer first.
        _sender.Wait();
        Array.Resize(ref _buffer, checked((int)Math.Min(Array.MaxLength, Math.Max(2L * _buffer.Length, (long)_used + length))));
    }
}
