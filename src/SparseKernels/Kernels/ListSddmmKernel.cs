using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

/// <summary>
/// What one call of a <see cref="ListSddmmKernel{TRows,TColumns,TIsa,TVector,TStep}"/> reads and writes. Offsets and steps are in floats.
/// </summary>
internal unsafe struct ListSddmmArguments
{
    /// <summary>Result e multiplies the inputs at <c>X + Offsets[e]</c> …</summary>
    public int* Offsets;

    /// <summary>… by output channel i's pixels, if e is from <c>Starts[i]</c> to before <c>Starts[i + 1]</c>.</summary>
    public int* Starts;

    public int Channels;

    /// <summary>The input that an offset of 0 reads for the first pixel.</summary>
    public float* X;

    /// <summary>From one pixel's input to the next one's.</summary>
    public nint XStep;

    /// <summary>The first pixel of the first output channel; the next ones follow in blocks of 16.</summary>
    public float* V;

    /// <summary>From one output channel to the next.</summary>
    public nint VChannelStep;

    /// <summary>The sums, a vector for each result: those of <c>Starts[0]</c> are the first.</summary>
    public float* Sums;

    /// <summary>Tiles of pixels, one behind the other.</summary>
    public int Tiles;
}

/// <summary>
/// BackwardWeights on batch-blocked tensors, weights fine: <c>sum[e][image] += Σ_pixels x[offset[e] + pixel][image] · v[k][pixel][image]</c>
/// for the wanted weights e of output channel k, over a few tiles of pixels of 16 images.
/// </summary>
/// <remarks>
/// Loops: tiles → output channels → wanted weights. An output channel's tile of v stays in registers (up to 12 of 16 on AVX2, 8 on AVX-512,
/// 24 on NEON) while its whole list passes; x's vectors are memory operands; a weight's sums, a vector, go to memory and back once a
/// tile. Bound by the load ports (one load for each
/// multiply-add, and three for each weight and tile) while the window of x and the sums are in L1.
/// </remarks>
internal static unsafe class ListSddmmKernel<TRows, TColumns, TIsa, TVector, TStep>
    where TRows : struct, IPanelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
    where TStep : struct, IPixelStep
{
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run(ListSddmmArguments* a)
    {
        var x = a->X;
        var xStep = a->XStep;
        var tiles = a->V;
        for (var tile = a->Tiles; tile > 0; tile--)
        {
            var starts = a->Starts;
            var offset = a->Offsets + starts[0];
            var sums = a->Sums;
            var v = tiles;
            for (var channel = a->Channels; channel > 0; channel--)
            {
                starts++;
                var end = a->Offsets + starts[0];
                if (offset < end)
                {
                    TRows pixels = default;
                    pixels.Load(v, LaneBlock.Size, LaneBlock.Size);
                    var next = v + a->VChannelStep;
                    for (var i = 0; i < TRows.Count; i++) Ahead.PrefetchNear(next + (i * LaneBlock.Size));
                    do
                    {
                        TColumns lanes = default;
                        lanes.LoadFirst(sums);
                        if (TStep.IsOne) pixels.AddProducts(ref lanes, x + *offset);
                        else pixels.AddProducts(ref lanes, x + *offset, xStep);
                        lanes.StoreTotal(sums);
                        sums += TIsa.Lanes;
                        offset++;
                    }
                    while (offset < end);
                }

                v += a->VChannelStep;
            }

            x += TRows.Count * xStep;
            tiles += TRows.Count * LaneBlock.Size;
        }
    }
}
