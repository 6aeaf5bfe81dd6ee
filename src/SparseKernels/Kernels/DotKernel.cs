using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

/// <summary>What one call of a <see cref="DotKernel{TRows,TColumns,TIsa,TVector}"/> reads and writes. Offsets and steps are in floats.</summary>
internal unsafe struct DotArguments
{
    /// <summary>Row m starts at <c>X + XOffsets[m]</c>.</summary>
    public float* X;

    public int* XOffsets;

    /// <summary>The columns' operand: column l starts at <c>V + l·VStep</c>.</summary>
    public float* V;

    public nint VStep;

    /// <summary>
    /// Triples (offset from the row's start, offset from the column's start, length): what is summed. A length is a multiple of 16.
    /// </summary>
    public int* Runs;

    public int RunCount;

    /// <summary>The sum of row m and column l is added to <c>Sums[m + l·SumStep]</c>.</summary>
    public float* Sums;

    public nint SumStep;
}

/// <summary>
/// Dense BackwardWeights on batch-blocked tensors: <c>sum[m][l] += Σ_runs Σ_i x[m][xOffset + i] · v[l][vOffset + i]</c>, the dot products of a
/// few shifted channels of x with a few channels of dy. The lanes are the reduction: images.
/// </summary>
/// <remarks>
/// Loops: runs → vectors. Rows × columns accumulators stay in registers (12 of 15 on AVX2 as 6 × 2, 24 of 28 on AVX-512 and NEON as 6 × 4),
/// beside them the columns' vectors; each row's vector meets all of them. Nothing is skipped. Bound by the multiply-add (8 loads for 12 of
/// them on AVX2, 10 for 24 elsewhere).
/// </remarks>
internal static unsafe class DotKernel<TRows, TColumns, TIsa, TVector>
    where TRows : struct, IPixelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run(DotArguments* a)
    {
        TRows rows = default;
        rows.Point(a->X, a->XOffsets);
        var step = a->VStep;
        var run = a->Runs;
        var lastRun = run + 3 * (nint)a->RunCount;
        for (; run < lastRun; run += 3)
        {
            nint i = run[0];
            var v = a->V + run[1];
            var end = i + run[2];
            do
            {
                TColumns vectors = default;
                vectors.LoadApart(v, step);
                rows.MultiplyAddVectors(i, in vectors);
                v += TIsa.Lanes;
                i += TIsa.Lanes;
            }
            while (i < end);
        }

        rows.AddSums(a->Sums, 0);
        if (TColumns.Count > 1) rows.AddSums(a->Sums + a->SumStep, 1);
        if (TColumns.Count > 2) rows.AddSums(a->Sums + 2 * a->SumStep, 2);
        if (TColumns.Count > 3) rows.AddSums(a->Sums + 3 * a->SumStep, 3);
    }
}
