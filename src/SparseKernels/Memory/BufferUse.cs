namespace SparseKernels.Memory;

/// <summary>Keeps a buffer's memory while a call has bare pointers into it, whoever disposes it or no longer refers to it.</summary>
internal readonly ref struct BufferUse
{
    private readonly AlignedBuffer _buffer;

    /// <exception cref="ObjectDisposedException">The buffer is disposed.</exception>
    public BufferUse(AlignedBuffer buffer)
    {
        var isHeld = false;
        buffer.DangerousAddRef(ref isHeld);
        _buffer = buffer;
    }

    /// <summary>Gives the memory free, if its owner has.</summary>
    public void Dispose() => _buffer.DangerousRelease();
}
