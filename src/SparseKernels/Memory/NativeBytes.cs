namespace SparseKernels.Memory;

/// <summary>Counts the bytes of native memory that buffers hold: what no garbage collector sees.</summary>
internal static class NativeBytes
{
    private static long s_inUse;

    [ThreadStatic]
    private static long s_allocated;

    /// <summary>Bytes that are held now.</summary>
    public static long InUse => Volatile.Read(ref s_inUse);

    /// <summary>Bytes that this thread has allocated since it started, freed or not.</summary>
    public static long AllocatedByThisThread => s_allocated;

    /// <summary>Notes an allocation.</summary>
    public static void Allocated(long bytes)
    {
        Interlocked.Add(ref s_inUse, bytes);
        s_allocated += bytes;
    }

    /// <summary>Notes that memory was freed.</summary>
    public static void Freed(long bytes) => Interlocked.Add(ref s_inUse, -bytes);
}
