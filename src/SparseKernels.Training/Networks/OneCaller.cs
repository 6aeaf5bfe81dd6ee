namespace SparseKernels.Training.Networks;

/// <summary>Keeps what is made for one caller at a time from a second one, whose results would be wrong without a word.</summary>
/// <param name="what">What it is, for the message: <c>the network 'resnet20'</c>.</param>
internal sealed class OneCaller(string what)
{
    private int _inside;

    /// <summary>Enters, until the result is disposed.</summary>
    /// <exception cref="InvalidOperationException">Somebody is inside.</exception>
    public Stay Enter()
    {
        if (Interlocked.Exchange(ref _inside, 1) != 0)
        {
            throw new InvalidOperationException(
                $"{what} is used by another call that has not ended; it is for one caller at a time. Give each thread one of its own.");
        }

        return new Stay(this);
    }

    /// <summary>A stay inside.</summary>
    public readonly ref struct Stay(OneCaller room)
    {
        /// <summary>Leaves.</summary>
        public void Dispose() => Volatile.Write(ref room._inside, 0);
    }
}
