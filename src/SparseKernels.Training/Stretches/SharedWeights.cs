using SparseKernels.Training.Layers;
using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Stretches;

/// <summary>
/// Plans with packed weights that all inference passes of one size and layout share, whatever their thread. Weights may change between passes:
/// the first pass behind a change packs them while no other runs.
/// </summary>
/// <param name="parameters">All parameters of the layers.</param>
internal sealed class SharedWeights(IReadOnlyList<Parameter> parameters) : IDisposable
{
    private readonly ReaderWriterLockSlim _lock = new();
    private long _packed = -1;

    /// <summary>The pool and everything that was built with it.</summary>
    private int _users = 1;

    /// <summary>The plans.</summary>
    public SharedPlans Plans { get; } = new() { MayPack = false };

    /// <summary>Never falls, and rises with every change of a parameter.</summary>
    private long Versions
    {
        get
        {
            var versions = 0L;
            foreach (var parameter in parameters) versions += parameter.Version;
            return versions;
        }
    }

    /// <summary>Counts one more user, who disposes it.</summary>
    public SharedWeights Join()
    {
        Interlocked.Increment(ref _users);
        return this;
    }

    /// <summary>Begins a pass; <see cref="Leave"/> ends it on the same thread.</summary>
    public void Enter()
    {
        _lock.EnterReadLock();
        if (Volatile.Read(ref _packed) == Versions) return;
        _lock.ExitReadLock();
        _lock.EnterWriteLock();
        _packed = Versions;
        Plans.MayPack = true;
    }

    /// <summary>Ends a pass.</summary>
    /// <param name="succeeded">Whether it ran to its end: what it did not pack the next one packs.</param>
    public void Leave(bool succeeded)
    {
        if (!_lock.IsWriteLockHeld)
        {
            _lock.ExitReadLock();
            return;
        }

        Plans.MayPack = false;
        if (!succeeded) _packed = -1;
        _lock.ExitWriteLock();
    }

    /// <summary>Counts one user less, and frees it behind the last.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _users) > 0) return;
        Plans.Dispose();
        _lock.Dispose();
    }
}
