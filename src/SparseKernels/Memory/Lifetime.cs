namespace SparseKernels.Memory;

/// <summary>
/// Counts who uses what may be disposed meanwhile: from then on nobody enters, and the last to leave releases it.
/// </summary>
/// <param name="owner">What the caller knows as disposed.</param>
/// <param name="release">Frees what the owner holds; called once.</param>
internal sealed class Lifetime(string owner, Action release)
{
    /// <summary>Set in the state once disposed; the bits below count users.</summary>
    private const long Closed = 1L << 62;

    private long _state;

    /// <summary>Enters, until the result is disposed.</summary>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    public Use Enter()
    {
        var state = Volatile.Read(ref _state);
        while (true)
        {
            if (state >= Closed) throw new ObjectDisposedException(owner);
            var found = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (found == state) return new Use(this);
            state = found;
        }
    }

    /// <summary>Lets nobody enter any more; releases now, or when the last user leaves. Calling it again does nothing.</summary>
    public void Close()
    {
        if (Interlocked.Or(ref _state, Closed) == 0) release();
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _state) == Closed) release();
    }

    /// <summary>A stay inside.</summary>
    public readonly ref struct Use(Lifetime lifetime)
    {
        /// <summary>Leaves.</summary>
        public void Dispose() => lifetime.Leave();
    }
}
