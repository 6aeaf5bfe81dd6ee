using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

/// <summary>
/// What one call of an <see cref="OuterProductKernel{TRows,TColumns,TIsa,TVector}"/> reads and writes. Offsets are in floats.
/// </summary>
internal unsafe struct OuterProductArguments
{
    /// <summary>Step i multiplies the scalars from <c>Scalars + ScalarOffsets[i]</c> on …</summary>
    public float* Scalars;

    public int* ScalarOffsets;

    /// <summary>… with the vectors at <c>Vectors + i · width of the tile</c>.</summary>
    public float* Vectors;

    public int Steps;

    /// <summary>The tile in memory, added to: rows <see cref="RowStep"/> apart, blocks of 16 lanes <see cref="BlockStep"/> apart.</summary>
    public float* Accumulators;

    public nint RowStep;

    public nint BlockStep;
}

/// <summary>
/// Dense BackwardWeights, channel-blocked: <c>dw[c][k] += Σ_pixels x[pixel][c] · dy[pixel][k]</c> for one filter tap, a few input
/// channels c and a panel of output channels k.
/// </summary>
/// <remarks>
/// Loop: pixels, flat over image rows and images through the offset table. All rows × columns accumulators stay in registers,
/// beside them one row of dy and one broadcast of x. Nothing is skipped. Bound by the multiply-add ports: 6 × 2 needs 9 loads for
/// 12 multiply-adds (the offset is one) while the packed x block and dy panel are in L1 or stream from L2.
/// </remarks>
internal static unsafe class OuterProductKernel<TRows, TColumns, TIsa, TVector>
    where TRows : struct, IScalarRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run(OuterProductArguments* a)
    {
        TRows rows = default;
        rows.Load(a->Accumulators, a->RowStep, a->BlockStep);
        var scalars = a->Scalars;
        var vectors = a->Vectors;
        var offset = a->ScalarOffsets;
        var end = offset + a->Steps;
        for (; offset < end; offset++)
        {
            TColumns columns = default;
            columns.Load(vectors);
            rows.MultiplyAdd(scalars + *offset, in columns);
            vectors += TColumns.Count * TIsa.Lanes;
        }

        rows.Store(a->Accumulators, a->RowStep, a->BlockStep);
    }
}
