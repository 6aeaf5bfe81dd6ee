using System.Diagnostics;
using SparseKernels.Sparsity;
using SparseKernels.Training.Communication;

namespace SparseKernels.Training.Distribution;

/// <summary>
/// Adds up the gradients of all ranks, step by step, those of surviving weights alone: tensors are packed by their masks, several into one
/// message, and come back where they were. Sums don't depend on how tensors share messages, so overlapping changes no bit. Nothing is
/// allocated once a step of the largest size was seen.
/// </summary>
public sealed class GradientExchange : IDisposable
{
    private readonly ICommunicator _communicator;
    private readonly Sender _sender;
    private Packed[] _tensors = [];
    private int _count;
    private float[] _buffer = [];
    private int _used;
    private int _begun;
    private int _firstOfMessage;
    private float _share;
    private bool _isOpen;

    /// <summary>Prepares for steps.</summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="messageLength">Floats in a message at least, but for a step's last one; 1 or more.</param>
    /// <exception cref="ArgumentNullException"><paramref name="communicator"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="messageLength"/> is under 1.</exception>
    public GradientExchange(ICommunicator communicator, int messageLength = 1 << 16)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        ArgumentOutOfRangeException.ThrowIfLessThan(messageLength, 1);
        (_communicator, MessageLength) = (communicator, messageLength);
        _sender = new Sender(communicator);
    }

    /// <summary>Floats in a message at least, but for a step's last one.</summary>
    public int MessageLength { get; }

    /// <summary>
    /// Whether messages are sent while the caller goes on, by a thread of their own; set between steps, on all ranks alike. Else all leave
    /// together in <see cref="Complete"/>.
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
        (_count, _used, _begun, _firstOfMessage, _share, _isOpen) = (0, 0, 0, 0, (float)share, true);
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
        var length = PackedGradient.Count(gradient.Length, mask);
        Reserve(length);
        PackedGradient.Pack(gradient.Span, mask, _share, _buffer.AsSpan(_used, length));

        // A larger array is another one: what is on its way keeps the one that it was sent with.
        if (_count == _tensors.Length) Array.Resize(ref _tensors, Math.Max(16, 2 * _count));
        _tensors[_count++] = new Packed(gradient, mask, _used, length);
        _used += length;
        if (Overlaps && _used - _begun >= MessageLength) Send();
    }

    /// <summary>Waits for all sums.</summary>
    /// <param name="extras">Other numbers to add up on the way, not multiplied by the share; overwritten with their sums.</param>
    /// <exception cref="InvalidOperationException">No step has begun.</exception>
    public void Complete(Span<float> extras = default)
    {
        if (!_isOpen) throw new InvalidOperationException("a step must have begun before it can be complete: call Begin.");
        _isOpen = false;
        Reserve(extras.Length);
        var at = _used;
        extras.CopyTo(_buffer.AsSpan(at));
        _used += extras.Length;
        var start = Stopwatch.GetTimestamp();
        if (_begun == 0)
        {
            // One message: no other thread is worth waking.
            _communicator.Sum(_buffer.AsSpan(0, _used));
            _sender.Seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
            new Message(_buffer, 0, _used, _tensors, 0, _count).Unpack();
        }
        else
        {
            if (_used > _begun) Send();
            _sender.Wait();
        }

        var waited = Stopwatch.GetElapsedTime(start);
        _buffer.AsSpan(at, extras.Length).CopyTo(extras);
        Report = new ExchangeReport(
            Report.Steps + 1, Report.Bytes + ((long)_used * sizeof(float)), TimeSpan.FromSeconds(_sender.Seconds), Report.Waited + waited);
    }

    /// <summary>Ends its thread, once what was sent has arrived.</summary>
    public void Dispose() => _sender.Dispose();

    private void Send()
    {
        _sender.Send(new Message(_buffer, _begun, _used, _tensors, _firstOfMessage, _count));
        (_begun, _firstOfMessage) = (_used, _count);
    }

    private void Reserve(int length)
    {
        if (_buffer.Length >= (long)_used + length) return;

        // What is on its way arrives in the old buffer first.
        _sender.Wait();
        Array.Resize(ref _buffer, checked((int)Math.Min(Array.MaxLength, Math.Max(2L * _buffer.Length, (long)_used + length))));
    }

    private readonly record struct Packed(Memory<float> Gradient, WeightPattern? Mask, int At, int Length);

    private readonly record struct Message(float[] Buffer, int Start, int End, Packed[] Tensors, int First, int Last)
    {
        public Span<float> Values => Buffer.AsSpan(Start, End - Start);

        public void Unpack()
        {
            foreach (ref readonly var tensor in Tensors.AsSpan(First, Last - First))
                PackedGradient.Unpack(Buffer.AsSpan(tensor.At, tensor.Length), tensor.Mask, tensor.Gradient.Span);
        }
    }

    /// <summary>The thread that sends messages, one after the other.</summary>
    private sealed class Sender(ICommunicator communicator) : IDisposable
    {
        private readonly object _lock = new();
        private readonly Queue<Message> _messages = new();
        private Thread? _thread;
        private Exception? _failure;
        private bool _isBusy;
        private bool _ends;

        /// <summary>Time spent in sums.</summary>
        public double Seconds { get; set; }

        public void Send(in Message message)
        {
            lock (_lock)
            {
                if (_thread is null)
                {
                    _thread = new Thread(Run) { IsBackground = true, Name = "Gradients of all ranks" };
                    _thread.Start();
                }

                _messages.Enqueue(message);
                Monitor.PulseAll(_lock);
            }
        }

        /// <summary>Waits until all has arrived.</summary>
        public void Wait()
        {
            lock (_lock)
            {
                while (_failure is null && (_isBusy || _messages.Count > 0)) Monitor.Wait(_lock);
                if (_failure is not null) throw new RankFailedException(communicator.Rank, $"the exchange of gradients failed: {_failure.Message}", _failure);
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _ends = true;
                Monitor.PulseAll(_lock);
            }
        }

        private void Run()
        {
            try
            {
                while (Take() is { } message)
                {
                    var start = Stopwatch.GetTimestamp();
                    communicator.Sum(message.Values);
                    Seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
                    message.Unpack();
                    Finish(null);
                }
            }
            catch (Exception e)
            {
                Finish(e);
            }
        }

        private Message? Take()
        {
            lock (_lock)
            {
                while (_messages.Count == 0 && !_ends) Monitor.Wait(_lock);
                if (_messages.Count == 0) return null;
                _isBusy = true;
                return _messages.Dequeue();
            }
        }

        private void Finish(Exception? failure)
        {
            lock (_lock)
            {
                (_isBusy, _failure) = (false, failure);
                Monitor.PulseAll(_lock);
            }
        }
    }
}
