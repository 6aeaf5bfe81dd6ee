using SparseKernels.Training.Folding;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;

namespace SparseKernels.Training.Stretches;

/// <summary>
/// Plans with packed weights that all inference passes of one size and layout share, whatever their thread. Weights may change between passes:
/// the first pass behind a change folds and packs them while no other runs.
/// </summary>
/// <param name="folded">The layers with their weights, which all sizes share.</param>
internal sealed class SharedWeights(FoldedGraph folded) : IDisposable
{
    private readonly FoldedGraph _folded = folded.Join();
    private long _packed = -1;

    /// <summary>The pool and everything that was built with it.</summary>
    private int _users = 1;

    /// <summary>The plans.</summary>
    public SharedPlans Plans { get; } = new() { MayPack = false };

    /// <summary>The layers.</summary>
    public NetworkGraph Graph => _folded.Graph;

    /// <summary>Counts one more user, who disposes it.</summary>
    public SharedWeights Join()
    {
        Interlocked.Increment(ref _users);
        return this;
    }

    /// <summary>Begins a pass; <see cref="Leave"/> ends it on the same thread.</summary>
    public void Enter()
    {
        _folded.Lock.EnterReadLock();
        if (Volatile.Read(ref _packed) == _folded.Version && _folded.IsCurrent) return;
        _folded.Lock.ExitReadLock();
        _folded.Lock.EnterWriteLock();
        _folded.Update();
        _packed = _folded.Version;
        Plans.MayPack = true;
    }

    /// <summary>Ends a pass.</summary>
    /// <param name="succeeded">Whether it ran to its end: what it did not pack the next one packs.</param>
    public void Leave(bool succeeded)
    {
        if (!_folded.Lock.IsWriteLockHeld)
        {
            _folded.Lock.ExitReadLock();
            return;
        }

        Plans.MayPack = false;
        if (!succeeded) _packed = -1;
        _folded.Lock.ExitWriteLock();
    }

    /// <summary>Counts one user less, and frees it behind the last.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _users) > 0) return;
        Plans.Dispose();
        _folded.Dispose();
    }
}
