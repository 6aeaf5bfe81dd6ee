using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SparseKernels.Packing;

/// <summary>
/// Compresses blocks of 16 floats to lists of (offset, value) of their non-zeros, without a branch on the data. −0 is zero, NaN is not.
/// </summary>
internal static unsafe class NonZeroEntries
{
    /// <summary>Floats and offsets past a list's end that <see cref="Append"/> may overwrite.</summary>
    public const int Slack = 16;

    private const int Block = BlockedTensor.Block;
    private const int Half = 8;

    /// <summary>For each mask of 8 lanes: the lanes of its set bits, in ascending order, a byte each.</summary>
    private static readonly ulong* s_lanesOfMask = ListLanes();

    /// <summary>Appends the entries of one block.</summary>
    /// <param name="block">16 floats.</param>
    /// <param name="live">Lanes that may have an entry; bit i is lane i.</param>
    /// <param name="laneOffsets">The offset of each lane …</param>
    /// <param name="offset">… to which this is added.</param>
    /// <param name="offsets">The list.</param>
    /// <param name="values">The list.</param>
    /// <param name="count">Entries in the list so far.</param>
    /// <returns>Entries in the list afterwards.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Append(float* block, uint live, int* laneOffsets, int offset, int* offsets, float* values, int count)
    {
        if (!Avx2.IsSupported) return AppendByLane(block, live, laneOffsets, offset, offsets, values, count);
        count = AppendHalf(block, live & 0xFF, Vector256.Load(laneOffsets) + Vector256.Create(offset), offsets, values, count);
        return AppendHalf(block + Half, live >> Half, Vector256.Load(laneOffsets + Half) + Vector256.Create(offset), offsets, values, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int AppendHalf(float* block, uint live, Vector256<int> offset, int* offsets, float* values, int count)
    {
        var value = Vector256.Load(block);
        var mask = (~Vector256.Equals(value, Vector256<float>.Zero)).ExtractMostSignificantBits() & live;
        var lanes = Avx2.ConvertToVector256Int32((byte*)(s_lanesOfMask + mask));
        Avx2.PermuteVar8x32(offset, lanes).Store(offsets + count);
        Avx2.PermuteVar8x32(value, lanes).Store(values + count);
        return count + BitOperations.PopCount(mask);
    }

    private static int AppendByLane(float* block, uint live, int* laneOffsets, int offset, int* offsets, float* values, int count)
    {
        for (var lane = 0; lane < Block; lane++, live >>= 1)
        {
            offsets[count] = laneOffsets[lane] + offset;
            values[count] = block[lane];
            count += (block[lane] != 0 ? 1 : 0) & (int)live;
        }

        return count;
    }

    private static ulong* ListLanes()
    {
        const int Masks = 1 << Half;
        var lists = (ulong*)NativeMemory.AlignedAlloc(Masks * sizeof(ulong), 64);
        for (var mask = 0; mask < Masks; mask++)
        {
            lists[mask] = 0;
            for (int lane = 0, place = 0; lane < Half; lane++)
            {
                if ((mask >> lane & 1) != 0) lists[mask] |= (ulong)lane << (Half * place++);
            }
        }

        return lists;
    }
}
