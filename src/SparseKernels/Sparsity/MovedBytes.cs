namespace SparseKernels.Sparsity;

/// <summary>Bytes that a walk over weights, their patterns or packed forms asks memory for.</summary>
/// <param name="Read">Bytes read.</param>
/// <param name="Written">Bytes written.</param>
internal readonly record struct MovedBytes(long Read, long Written)
{
    public static MovedBytes operator +(MovedBytes a, MovedBytes b) => new(a.Read + b.Read, a.Written + b.Written);

    /// <summary>Bytes of so many floats, or 32-bit integers.</summary>
    public static long Of(long elements) => elements * sizeof(float);

    /// <summary>Bytes of so many bits.</summary>
    public static long OfBits(long bits) => (bits + 7) / 8;
}
