using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Isa;

namespace SparseKernels.Sparsity;

/// <summary>Clears lanes of a block of 16 by the bits of a word.</summary>
internal static unsafe class LaneMask
{
    /// <summary>Makes <c>block[i]</c> zero where bit i is clear.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Keep(float* block, uint bits)
    {
        if (bits == 0xFFFF) return;
        var bit = Vector128.Create(1u, 2, 4, 8);
        for (var i = 0; i < LaneBlock.Size; i += Vector128<float>.Count)
        {
            var keep = ~Vector128.Equals(Vector128.Create(bits >> i) & bit, Vector128<uint>.Zero);
            (Vector128.Load(block + i).AsUInt32() & keep).AsSingle().Store(block + i);
        }
    }
}
