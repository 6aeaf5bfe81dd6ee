using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

/// <summary>
/// What one call of a <see cref="TapKernel{TRows,TColumns,TIsa,TVector}"/> or <see cref="LaneTapKernel{TRows,TColumns,TIsa,TVector}"/>
/// reads and writes. Offsets are in floats.
/// </summary>
internal unsafe struct TapArguments
{
    /// <summary>Packed input; pixel m of the tile starts at <c>X + XOffsets[m]</c>.</summary>
    public float* X;

    public int* XOffsets;

    /// <summary>Weights, one row of the tile's width per (tap, channel), in the order they are used.</summary>
    public float* W;

    /// <summary>Output; pixel m starts at <c>Y + YOffsets[m]</c>, its next block of 16 channels <see cref="YBlockStep"/> further.</summary>
    public float* Y;

    public int* YOffsets;

    public nint YBlockStep;

    /// <summary>
    /// Start values of every pixel (the bias), or of every row of a <see cref="BatchTapKernel{TRows,TColumns,TIsa,TVector}"/>; null to add to
    /// what <see cref="Y"/> holds.
    /// </summary>
    public float* Initial;

    /// <summary>Pairs (offset from the pixel, length): input elements that follow one another, as neighbouring taps' channels do.</summary>
    public int* Runs;

    public int RunCount;

    /// <summary>What a <see cref="BatchTapKernel{TRows,TColumns,TIsa,TVector}"/> limits its sums to.</summary>
    public SumLimits Limits;
}

/// <summary>
/// Dense Forward and BackwardData, channel-blocked: <c>y[m][k] += Σ_tap Σ_c x[m][tap][c] · w[tap][c][k]</c> for a few pixels m and
/// a panel of output channels k.
/// </summary>
/// <remarks>
/// Loops: runs (input-channel block, filter row) → taps of the row and channels of the block, one behind the other. All rows × columns
/// accumulators stay in registers (12 of 15 on AVX2 as 6 × 2, 24 of 31 on AVX-512 as 6 × 4, 24 of 28 on NEON), beside them one row of
/// weights and one broadcast. Nothing is skipped. Bound by the multiply-add ports: 6 × 2 needs 8 loads for 12 multiply-adds, 6 × 4 10 for
/// 24, under the two loads per two multiply-adds that the cores sustain, while the weight panel is in L1 and x in L1 or L2.
/// </remarks>
internal static unsafe class TapKernel<TRows, TColumns, TIsa, TVector>
    where TRows : struct, IPixelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run(TapArguments* a)
    {
        TRows rows = default;
        rows.Point(a->X, a->XOffsets);
        if (a->Initial != null) rows.Fill(a->Initial);
        else rows.Load(a->Y, a->YOffsets, a->YBlockStep);

        var w = a->W;
        var run = a->Runs;
        var lastRun = run + 2 * (nint)a->RunCount;
        for (; run < lastRun; run += 2)
        {
            nint i = run[0];
            var end = i + run[1];
            do
            {
                TColumns weights = default;
                weights.Load(w);
                rows.MultiplyAdd(i, in weights);
                w += TColumns.Count * TIsa.Lanes;
                i++;
            }
            while (i < end);
        }

        rows.Store(a->Y, a->YOffsets, a->YBlockStep);
    }
}
