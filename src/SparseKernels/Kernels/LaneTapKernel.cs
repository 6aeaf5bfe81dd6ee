using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

/// <summary>
/// Dense depthwise convolution, channel-blocked: <c>y[m][lane] += Σ_i x[m][i][lane] · v[i][lane]</c>, 16 channels at a time. For
/// Forward and BackwardData the rows m are pixels and v the weights of the taps i; for BackwardWeights the rows are taps and v is dy
/// of the pixels i.
/// </summary>
/// <remarks>
/// Loops: runs → blocks of 16 lanes one behind the other. All rows × columns accumulators stay in registers, beside them one row of
/// v; x comes as a memory operand. Nothing is skipped. Bound by the load ports: every multiply-add loads its x.
/// </remarks>
internal static unsafe class LaneTapKernel<TRows, TColumns, TIsa, TVector>
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

        var v = a->W;
        var run = a->Runs;
        var lastRun = run + 2 * (nint)a->RunCount;
        for (; run < lastRun; run += 2)
        {
            nint i = run[0];
            var end = i + run[1];
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

        rows.Store(a->Y, a->YOffsets, a->YBlockStep);
    }
}
