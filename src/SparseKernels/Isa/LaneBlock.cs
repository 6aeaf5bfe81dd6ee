namespace SparseKernels.Isa;

/// <summary>
/// The block of 16 lanes that blocked layouts, packed operands and kernels share: one AVX-512, two AVX2 or four NEON registers, so that a
/// buffer means the same on every instruction set.
/// </summary>
internal static class LaneBlock
{
    /// <summary>Lanes of a block.</summary>
    public const int Size = 16;

    /// <summary>Blocks that hold so many lanes, the last one partly filled.</summary>
    public static int Count(int lanes) => (int)(((uint)lanes + (Size - 1)) / Size);
}
