using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Isa;

namespace SparseKernels.Sparsity;

/// <summary>Compares a block of 16 floats with zero. −0 is zero, NaN is not.</summary>
internal static unsafe class NonZeroBits
{
    /// <summary>Bit i set where <c>block[i]</c> is non-zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of(float* block)
    {
        if (Avx512.IsSupported)
            return (uint)(~Vector512.Equals(Vector512.Load(block), Vector512<float>.Zero)).ExtractMostSignificantBits();
        if (Vector256.IsHardwareAccelerated) return Half(block) | (Half(block + 8) << 8);
        return Quarter(block) | (Quarter(block + 4) << 4) | (Quarter(block + 8) << 8) | (Quarter(block + 12) << 12);
    }

    /// <summary>Whether any of so many blocks, <paramref name="step"/> floats apart, holds a non-zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Any(float* first, nint blocks, nint step = LaneBlock.Size)
    {
        for (; blocks > 0; blocks--, first += step)
        {
            if (Of(first) != 0) return true;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Half(float* block) =>
        (~Vector256.Equals(Vector256.Load(block), Vector256<float>.Zero)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Quarter(float* block) =>
        (~Vector128.Equals(Vector128.Load(block), Vector128<float>.Zero)).ExtractMostSignificantBits();
}
