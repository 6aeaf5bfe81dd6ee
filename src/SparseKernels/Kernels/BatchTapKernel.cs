using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

/// <summary>
/// Dense Forward and BackwardData, batch-blocked: <c>y[k][image] += Σ_i w[i][k] · x[i][image]</c> for one output pixel, a few output
/// channels k and 16 images; i runs over input channels and taps.
/// </summary>
/// <remarks>
/// Loops: runs (input channel, filter row) → taps of the row. All rows × columns accumulators stay in registers, beside them one
/// row of x and one broadcast weight. Nothing is skipped. No lane is lost to a channel count that is no multiple of 16. Bound by
/// the load ports and, under four rows, by the latency of the multiply-add.
/// </remarks>
internal static unsafe class BatchTapKernel<TRows, TColumns, TIsa, TVector>
    where TRows : struct, IScalarRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run(TapArguments* a)
    {
        TRows rows = default;
        if (a->Initial != null) rows.Fill(a->Initial);
        else rows.Load(a->Y, a->YBlockStep, LaneBlock.Size);
        var x = a->X;
        var w = a->W;
        var run = a->Runs;
        var lastRun = run + 2 * (nint)a->RunCount;
        for (; run < lastRun; run += 2)
        {
            var vectors = x + run[0];
            var end = vectors + run[1];
            do
            {
                TColumns images = default;
                images.Load(vectors);
                rows.MultiplyAdd(w, in images);
                w += TRows.Count;
                vectors += LaneBlock.Size;
            }
            while (vectors < end);
        }

        if (a->Limits.Are) rows.Limit(TIsa.Broadcast(&a->Limits.Lowest), TIsa.Broadcast(&a->Limits.Highest));
        rows.Store(a->Y, a->YBlockStep, LaneBlock.Size);
    }
}
