using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

/// <summary>What one call of an <see cref="SpmmKernel{TRows,TColumns,TIsa,TVector}"/> reads and writes. Offsets are in floats.</summary>
internal unsafe struct SpmmArguments
{
    /// <summary>
    /// The non-zeros, row after row; offsets are not negative: entry e multiplies the panel's vectors at <c>Offsets[e]</c> …
    /// </summary>
    public int* Offsets;

    /// <summary>… by <c>Values[e]</c>.</summary>
    public float* Values;

    /// <summary>Row i has the entries from <c>Starts[i·StartStep]</c> to before <c>Starts[i·StartStep + Span]</c>.</summary>
    public int* Starts;

    public nint StartStep;

    public nint Span;

    public int Rows;

    /// <summary>The dense panel; row i sees it from <c>Panel + i·PanelStep</c> on.</summary>
    public float* Panel;

    public nint PanelStep;

    /// <summary>The sums, added to: row i's start at <c>Y + i·YStep</c>, its blocks of 16 lanes <see cref="YBlockStep"/> apart.</summary>
    public float* Y;

    public nint YStep;

    public nint YBlockStep;
}

/// <summary>
/// Sparse times dense: <c>y[i][lane] += Σ_e value[e] · panel[i·step + offset[e]][lane]</c> over the non-zeros e of row i. The sparse
/// operand is the broadcast one: activations against a panel of weights or gradients (channel-blocked), or weights against pixels of 16
/// images (batch-blocked).
/// </summary>
/// <remarks>
/// Loops: rows → non-zeros. The accumulators of one row stay in registers (up to 14 of 15 on AVX2, 28 on AVX-512 and NEON), beside
/// them the broadcast value; the panel's vectors are memory operands. Two entries a turn share the load of their offsets. Fine zeros have
/// no entry and cost nothing; a row without entries costs a compare. Bound by the load ports (one load for each multiply-add) while the
/// panel is in L1, by branch misses (one at the end of a row) where rows have few entries.
/// </remarks>
internal static unsafe class SpmmKernel<TRows, TColumns, TIsa, TVector>
    where TRows : struct, IPanelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run(SpmmArguments* a)
    {
        var offsets = a->Offsets;
        var values = a->Values;
        var starts = a->Starts;
        var panel = a->Panel;
        var y = a->Y;
        var rowStep = TColumns.Count * TIsa.Lanes / LaneBlock.Size * a->YBlockStep;
        for (var row = a->Rows; row > 0; row--)
        {
            nint e = starts[0];
            nint end = starts[a->Span];
            if (e < end)
            {
                TRows sums = default;
                sums.Load(y, rowStep, a->YBlockStep);
                if (((end - e) & 1) != 0)
                {
                    sums.MultiplyAdd(TIsa.Broadcast(values + e), panel + offsets[e]);
                    e++;
                }

                for (; e < end; e += 2)
                {
                    // One load for two offsets: the load ports are what bounds the loop.
                    var pair = *(ulong*)(offsets + e);
                    var (first, second) = BitConverter.IsLittleEndian ? ((uint)pair, (uint)(pair >> 32)) : ((uint)(pair >> 32), (uint)pair);
                    sums.MultiplyAdd(TIsa.Broadcast(values + e), panel + first);
                    sums.MultiplyAdd(TIsa.Broadcast(values + e + 1), panel + second);
                }

                sums.Store(y, rowStep, a->YBlockStep);
            }

            starts += a->StartStep;
            panel += a->PanelStep;
            y += a->YStep;
        }
    }
}
