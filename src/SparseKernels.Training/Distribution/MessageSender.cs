using System.Diagnostics;
using SparseKernels.Training.Communication;

namespace SparseKernels.Training.Distribution;

/// <summary>The thread that sends messages, one after the other.</summary>
internal sealed class MessageSender(ICommunicator communicator) : IDisposable
{
    private readonly object _lock = new();
    private readonly Queue<GradientMessage> _messages = new();
    private Thread? _thread;
    private Exception? _failure;
    private bool _isBusy;
    private bool _ends;

    /// <summary>Time spent in sums.</summary>
    public double Seconds { get; private set; }

    /// <summary>Adds up at once, by the caller's thread, while none is on its way.</summary>
    public void Exchange(in GradientMessage message)
    {
        var start = Stopwatch.GetTimestamp();
        communicator.Sum(message.Values);
        Seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
        message.Unpack();
    }

    /// <summary>Has the thread add up.</summary>
    public void Send(in GradientMessage message)
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
                Exchange(message);
                Finish(null);
            }
        }
        catch (Exception e)
        {
            Finish(e);
        }
    }

    private GradientMessage? Take()
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
