using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SparseKernels.Isa;
using Avx2 = System.Runtime.Intrinsics.X86.Avx2;

namespace SparseKernels.Packing;

/// <summary>
/// Compresses blocks of 16 floats to lists of (offset, value) of their non-zeros, without a branch on the data. −0 is zero, NaN is not.
/// </summary>
internal static unsafe class NonZeroEntries
{
    /// <summary>Floats and offsets past a list's end that <see cref="Append"/> may overwrite.</summary>
    public const int Slack = 16;

    private const int Block = LaneBlock.Size;
    private const int Half = 8;

    /// <summary>For each mask of 8 lanes: the lanes of its set bits, in ascending order, a byte each.</summary>
    private static readonly ulong* s_lanesOfMask = ListLanes();

    /// <summary>
    /// What <see cref="Append"/> looks lanes up in: taken once outside a loop, it keeps the class's initialisation check out of it.
    /// </summary>
    public static ulong* LanesOfMask => s_lanesOfMask;

    /// <summary>Appends the entries of one block.</summary>
    /// <param name="lanesOfMask"><see cref="LanesOfMask"/>.</param>
    /// <param name="block">16 floats.</param>
    /// <param name="live">Lanes that may have an entry; bit i is lane i.</param>
    /// <param name="laneOffsets">The offset of each lane …</param>
    /// <param name="offset">… to which this is added.</param>
    /// <param name="offsets">The list.</param>
    /// <param name="values">The list.</param>
    /// <param name="count">Entries in the list so far.</param>
    /// <returns>Entries in the list afterwards.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Append(
        ulong* lanesOfMask, float* block, uint live, int* laneOffsets, int offset, int* offsets, float* values, int count)
    {
        if (!Avx2.IsSupported) return AppendByLane(block, live, laneOffsets, offset, offsets, values, count);
        count = AppendHalf(lanesOfMask, block, live & 0xFF, Vector256.Load(laneOffsets) + Vector256.Create(offset), offsets, values, count);
        return AppendHalf(
            lanesOfMask, block + Half, live >> Half, Vector256.Load(laneOffsets + Half) + Vector256.Create(offset), offsets, values, count);
    }

    /// <summary>Appends the entries of a run of floats that have their offsets in a table.</summary>
    /// <param name="from">The floats.</param>
    /// <param name="fromOffsets">The offset of each.</param>
    /// <param name="length">How many.</param>
    /// <param name="offsets">The list.</param>
    /// <param name="values">The list.</param>
    /// <param name="count">Entries in the list so far.</param>
    /// <returns>Entries in the list afterwards.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int AppendRun(float* from, int* fromOffsets, int length, int* offsets, float* values, int count)
    {
        var lanesOfMask = LanesOfMask;
        var i = 0;
        for (; Avx2.IsSupported && i + Half <= length; i += Half) count = AppendHalf(
            lanesOfMask, from + i, 0xFF, Vector256.Load(fromOffsets + i), offsets, values, count);
        for (; i < length; i++)
        {
            offsets[count] = fromOffsets[i];
            values[count] = from[i];
            count += from[i] != 0 ? 1 : 0;
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int AppendHalf(
        ulong* lanesOfMask, float* block, uint live, Vector256<int> offset, int* offsets, float* values, int count)
    {
        var value = Vector256.Load(block);
        var mask = (~Vector256.Equals(value, Vector256<float>.Zero)).ExtractMostSignificantBits() & live;
        var lanes = Avx2.ConvertToVector256Int32((byte*)(lanesOfMask + mask));
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
