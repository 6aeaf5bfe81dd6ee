namespace SparseKernels.Geometry;

/// <summary>How loops are cut into pieces.</summary>
internal static class Cut
{
    /// <summary>Pieces of a size that cover so many, the last one perhaps smaller.</summary>
    public static int Ceiling(int count, int size) => (count + size - 1) / size;

    /// <inheritdoc cref="Ceiling(int, int)"/>
    public static long Ceiling(long count, long size) => (count + size - 1) / size;

    /// <summary>The size of pieces that are as even as can be and no larger than <paramref name="most"/>.</summary>
    public static int Evenly(int count, int most) => Ceiling(count, Ceiling(count, most));
}
