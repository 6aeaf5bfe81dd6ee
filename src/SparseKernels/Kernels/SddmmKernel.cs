using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

/// <summary>A tile of rows among those of a call.</summary>
/// <param name="First">Its first row.</param>
/// <param name="V">From <see cref="SddmmArguments.V"/> to the operand that its rows share.</param>
internal readonly record struct SddmmTile(int First, int V);

/// <summary>What one call of an <see cref="SddmmKernel{TRows,TColumns,TIsa,TVector}"/> reads and writes. Offsets are in floats.</summary>
internal unsafe struct SddmmArguments
{
    /// <summary>The rows' operand; row m starts at <c>X + XOffsets[m]</c>.</summary>
    public float* X;

    public int* XOffsets;

    /// <summary>The operand that all rows share.</summary>
    public float* V;

    /// <summary>Floats that a step of <see cref="SddmmTile.V"/> is.</summary>
    public nint VStep;

    /// <summary>
    /// Triples (offset from the row's start, offset from <see cref="V"/>, length): what is summed, in blocks of 16. A length is a multiple
    /// of 16.
    /// </summary>
    public int* Runs;

    public int RunCount;

    /// <summary>Row m's sum is added to <c>Sums[m]</c>.</summary>
    public float* Sums;

    /// <summary>The tiles, all with these runs; null for one that starts at row 0 and <see cref="V"/>.</summary>
    public SddmmTile* Tiles;

    public int TileCount;
}

/// <summary>
/// Sampled dense times dense: <c>sum[m] += Σ_runs Σ_i x[m][xOffset + i] · v[vOffset + i]</c>, a dot product for each result that is wanted.
/// The lanes are the reduction: channels of pixels for an output mask (channel-blocked), images of pixels for a weight mask
/// (batch-blocked).
/// </summary>
/// <remarks>
/// Loops: tiles → runs → blocks of 16. Rows × columns accumulators stay in registers (12 of 15 on AVX2 as 6 × 2, 24 of 28 on NEON, 6 on
/// AVX-512), beside them one block of v that all rows share; x comes as a memory operand. The result's zeros are fine: what is not wanted
/// has no row. The operands' zeros are coarse: a dead block has no run. Bound by the load ports (14 loads for 12 multiply-adds on AVX2), by
/// the multiply-add's latency under four rows, and by the final sums where a reduction is short.
/// </remarks>
internal static unsafe class SddmmKernel<TRows, TColumns, TIsa, TVector>
    where TRows : struct, IPixelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run(SddmmArguments* a)
    {
        SddmmTile one = default;
        var tile = a->Tiles == null ? &one : a->Tiles;
        var lastTile = tile + (a->Tiles == null ? 1 : (nint)a->TileCount);
        for (; tile < lastTile; tile++)
        {
            TRows rows = default;
            rows.Point(a->X, a->XOffsets + tile->First);
            var shared = a->V + (nint)tile->V * a->VStep;
            var run = a->Runs;
            var lastRun = run + 3 * (nint)a->RunCount;
            for (; run < lastRun; run += 3)
            {
                nint i = run[0];
                var v = shared + run[1];
                var end = i + run[2];
                do
                {
                    TColumns vectors = default;
                    vectors.Load(v);
                    rows.MultiplyAddLanes(i, in vectors);
                    v += LaneBlock.Size;
                    i += LaneBlock.Size;
                }
                while (i < end);
            }

            rows.AddSums(a->Sums + tile->First);
        }
    }
}
