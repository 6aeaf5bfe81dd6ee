using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Isa;
using SparseKernels.Packing;
using Avx2 = System.Runtime.Intrinsics.X86.Avx2;

namespace SparseKernels.Passes.ResultFine;

/// <summary>Lists the pixels whose bits are set in a bitmap, as the offsets that two tables have for them.</summary>
internal static unsafe class WantedPixels
{
    /// <summary>Integers past a list's end that <see cref="List"/> may overwrite.</summary>
    public const int Slack = PixelsAtOnce;

    private const int Block = LaneBlock.Size;
    private const int PixelsAtOnce = 8;

    /// <summary>
    /// Lists the set bits in ascending order: for bit i, <c>x</c> gets <c>xOffsets[i]</c> and <c>y</c> gets <c>yOffsets[i] + yStart</c>.
    /// </summary>
    /// <param name="bitmap">The bits.</param>
    /// <param name="pixels">Bits, a multiple of 16; the tables have as many entries.</param>
    /// <param name="xOffsets">A table.</param>
    /// <param name="yOffsets">A table.</param>
    /// <param name="yStart">Added to every offset of the second list.</param>
    /// <param name="x">The first list.</param>
    /// <param name="y">The second list.</param>
    /// <returns>Entries of a list.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int List(ushort* bitmap, int pixels, int* xOffsets, int* yOffsets, int yStart, int* x, int* y)
    {
        if (!Avx2.IsSupported) return ListBits(bitmap, pixels, xOffsets, yOffsets, yStart, x, y);
        var lanesOfMask = NonZeroEntries.LanesOfMask;
        var start = Vector256.Create(yStart);
        var bytes = (byte*)bitmap;
        var count = 0;
        for (nint i = 0; i < pixels; i += PixelsAtOnce)
        {
            uint mask = *bytes++;
            var lanes = Avx2.ConvertToVector256Int32((byte*)(lanesOfMask + mask));
            Avx2.PermuteVar8x32(Vector256.Load(xOffsets + i), lanes).Store(x + count);
            Avx2.PermuteVar8x32(Vector256.Load(yOffsets + i) + start, lanes).Store(y + count);
            count += BitOperations.PopCount(mask);
        }

        return count;
    }

    private static int ListBits(ushort* bitmap, int pixels, int* xOffsets, int* yOffsets, int yStart, int* x, int* y)
    {
        var count = 0;
        for (var i = 0; i < pixels; i++)
        {
            if ((bitmap[i / Block] >> (i % Block) & 1) == 0) continue;
            x[count] = xOffsets[i];
            y[count++] = yOffsets[i] + yStart;
        }

        return count;
    }
}
