using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

/// <summary>What one call of a <see cref="ListKernel{TRows,TColumns,TIsa,TVector,TStep}"/> reads and writes. Offsets and steps are in floats.</summary>
internal unsafe struct ListArguments
{
    /// <summary>
    /// The lists' entries, offsets not negative: entry e multiplies the pixels' vectors at <c>X + Offsets[e]</c> …
    /// </summary>
    public int* Offsets;

    /// <summary>… by <c>Values[e]</c>.</summary>
    public float* Values;

    /// <summary>Output channel i has the entries from <c>Starts[i]</c> to before <c>Starts[i + 1]</c>.</summary>
    public int* Starts;

    public int Channels;

    /// <summary>The input that a first entry at offset 0 reads for the tile's first pixel.</summary>
    public float* X;

    /// <summary>From one pixel's input to the next one's.</summary>
    public nint XStep;

    /// <summary>The tile's first pixel of the first output channel.</summary>
    public float* Y;

    /// <summary>From one pixel to the next.</summary>
    public nint YStep;

    /// <summary>From one output channel to the next.</summary>
    public nint YChannelStep;

    /// <summary>What channel i's sums start from, at <c>Initial[i·InitialStep]</c>; null to add to what <see cref="Y"/> holds.</summary>
    public float* Initial;

    public nint InitialStep;

    /// <summary>What the sums are limited to.</summary>
    public SumLimits Limits;

    /// <summary>
    /// What later tiles will read and no near cache may hold (see <see cref="Geometry.InputAhead"/>): stretches as long as the tile, each from
    /// <c>X + Ahead[i]</c> and the tile's length on. A kernel asks for some of them at each list and moves on by as many …
    /// </summary>
    public int* Ahead;

    /// <summary>… up to this one.</summary>
    public int* AheadEnd;

    /// <summary>Stretches asked for at a list.</summary>
    public nint AheadOfList;
}

/// <summary>Whether neighbouring pixels' inputs follow one another: a choice made when a kernel is compiled.</summary>
internal interface IPixelStep
{
    static abstract bool IsOne { get; }
}

/// <summary>They do: their distances are displacements of memory operands.</summary>
internal readonly struct Adjoining : IPixelStep
{
    public static bool IsOne => true;
}

/// <summary>They are a step apart, as under a stride.</summary>
internal readonly struct Apart : IPixelStep
{
    public static bool IsOne => false;
}

/// <summary>
/// Forward and BackwardData on batch-blocked tensors, weights fine: <c>y[k][pixel][image] += Σ_e value[e] · x[offset[e] + pixel][image]</c> over
/// the non-zero weights e of output channel k, for a tile of pixels of 16 images. x is read and y is written where they lie.
/// </summary>
/// <remarks>
/// Loops: output channels → non-zero weights. The tile's sums stay in registers (up to 14 of 15 on AVX2, 8 on AVX-512, 28 on NEON), beside
/// them the broadcast weight; x's vectors are memory operands. Two entries a turn share the load of their offsets. Every load is aligned for
/// any filter, stride and dilation. Bound by the load ports (one load for each multiply-add) while the window of x is in L1, by branch
/// misses (one at the end of a list) where lists have few entries.
/// </remarks>
internal static unsafe class ListKernel<TRows, TColumns, TIsa, TVector, TStep>
    where TRows : struct, IPanelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
    where TStep : struct, IPixelStep
{
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run(ListArguments* a)
    {
        var offsets = a->Offsets;
        var values = a->Values;
        var starts = a->Starts;
        var x = a->X;
        var xStep = a->XStep;
        var y = a->Y;
        var initial = a->Initial;
        for (var channel = a->Channels; channel > 0; channel--)
        {
            nint e = starts[0];
            nint end = starts[1];
            if (e < end || initial != null || a->Limits.Are)
            {
                TRows sums = default;
                if (initial != null) sums.Fill(TIsa.Broadcast(initial));
                else sums.Load(y, a->YStep, LaneBlock.Size);
                if (((end - e) & 1) != 0)
                {
                    MultiplyAdd(ref sums, TIsa.Broadcast(values + e), x + offsets[e], xStep);
                    e++;
                }

                for (; e < end; e += 2)
                {
                    // One load for two offsets: the load ports are what bounds the loop.
                    var pair = *(ulong*)(offsets + e);
                    var (first, second) = BitConverter.IsLittleEndian ? ((uint)pair, (uint)(pair >> 32)) : ((uint)(pair >> 32), (uint)pair);
                    MultiplyAdd(ref sums, TIsa.Broadcast(values + e), x + first, xStep);
                    MultiplyAdd(ref sums, TIsa.Broadcast(values + e + 1), x + second, xStep);
                }

                if (a->Limits.Are) sums.Limit(TIsa.Broadcast(&a->Limits.Lowest), TIsa.Broadcast(&a->Limits.Highest));
                sums.Store(y, a->YStep, LaneBlock.Size);
            }

            if (a->Ahead < a->AheadEnd) Ask(a, x + (TRows.Count * xStep), xStep);

            starts++;
            y += a->YChannelStep;
            if (initial != null) initial += a->InitialStep;
        }
    }

    /// <summary>All stretches at once would wait for one another, and the sums for them: a core has only so many lines on their way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ask(ListArguments* a, float* next, nint step)
    {
        var ahead = a->Ahead;
        var end = ahead + a->AheadOfList;
        if (end > a->AheadEnd) end = a->AheadEnd;
        a->Ahead = end;
        do
        {
            var line = next + *ahead;
            for (var i = 0; i < TRows.Count; i++, line += step) Ahead.Prefetch(line);
        }
        while (++ahead < end);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd(ref TRows sums, TVector weight, float* pixels, nint step)
    {
        if (TStep.IsOne) sums.MultiplyAdd(weight, pixels);
        else sums.MultiplyAdd(weight, pixels, step);
    }
}
