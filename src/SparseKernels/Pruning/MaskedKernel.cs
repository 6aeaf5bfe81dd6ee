using System.Numerics;
using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Pruning;

/// <summary>
/// Streams over weights in blocks of 16 with one bit of mask for each weight. <see cref="Update"/> reads gradient, momentum and weight of a
/// block once, writes momentum and weight, and jumps a block whose bits are all clear: its weights and momenta are zero already. The
/// bounds are memory's: 12 bytes read and 8 written for each weight against six operations. Every result is the sum of the squares of the
/// weights as they are afterwards, added in the same order by all three, so that they agree to the bit.
/// </summary>
internal static unsafe class MaskedKernel
{
    private const int Block = LaneBlock.Size;
    private const int BitsPerWord = 64;

    /// <summary>A bit for each lane of the widest vector.</summary>
    private static ReadOnlySpan<uint> LaneBits =>
        [1, 2, 4, 8, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15];

    /// <summary>One step of <paramref name="sgd"/> with a layer's own rate and decay; counts the blocks that were not jumped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Update(
        float* w, float* gradient, float* v, ulong* mask, int length, MaskedSgd sgd, float rate, float scalarDecay, out int blocks)
    {
        var (scalarMomentum, nesterov) = (sgd.Momentum, sgd.Nesterov);
        var (decay, momentum, step) = (new Vector<float>(scalarDecay), new Vector<float>(scalarMomentum), new Vector<float>(rate));
        var laneBits = new Vector<uint>(LaneBits);
        var squares = Vector<float>.Zero;
        var touched = 0; // In a register: the caller's word shares its cache line with other threads' chunks.
        var whole = length / Block * Block;
        for (nint i = 0; i < whole; i += Block)
        {
            var bits = BitsAt(mask, i);
            if (bits == 0) continue;
            touched++;
            for (nint lane = 0; lane < Block; lane += Vector<float>.Count)
            {
                var at = i + lane;
                var keep = Keep(bits >> (int)lane, laneBits);
                var old = Vector.Load(w + at);
                var g = Vector.Load(gradient + at) + (decay * old);
                var direction = (momentum * Vector.Load(v + at)) + g;
                (direction & keep).Store(v + at);
                if (nesterov) direction = g + (momentum * direction);
                var updated = (old - (step * direction)) & keep;
                updated.Store(w + at);
                squares += updated * updated;
            }
        }

        var tail = 0f;
        if (whole < length && BitsAt(mask, whole) != 0) touched++;
        for (nint i = whole; i < length; i++)
        {
            if (!IsLive(mask, i)) continue;
            var g = gradient[i] + (scalarDecay * w[i]);
            var direction = (scalarMomentum * v[i]) + g;
            v[i] = direction;
            if (nesterov) direction = g + (scalarMomentum * direction);
            w[i] -= rate * direction;
            tail += w[i] * w[i];
        }

        blocks = touched;
        return (double)Vector.Sum(squares) + tail;
    }

    /// <summary>Makes weights and momenta (where there are any) zero whose bit is clear, whatever they were.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Mask(float* w, float* v, ulong* mask, int length)
    {
        var laneBits = new Vector<uint>(LaneBits);
        var squares = Vector<float>.Zero;
        var whole = length / Block * Block;
        for (nint i = 0; i < whole; i += Block)
        {
            var bits = BitsAt(mask, i);
            for (nint lane = 0; lane < Block; lane += Vector<float>.Count)
            {
                var at = i + lane;
                var keep = Keep(bits >> (int)lane, laneBits);
                var kept = Vector.Load(w + at) & keep;
                kept.Store(w + at);
                if (v != null) (Vector.Load(v + at) & keep).Store(v + at);
                squares += kept * kept;
            }
        }

        var tail = 0f;
        for (nint i = whole; i < length; i++)
        {
            if (!IsLive(mask, i))
            {
                w[i] = 0;
                if (v != null) v[i] = 0;
            }

            tail += w[i] * w[i];
        }

        return (double)Vector.Sum(squares) + tail;
    }

    /// <summary>The sum of the weights' squares alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Squares(float* w, int length)
    {
        var squares = Vector<float>.Zero;
        var whole = length / Block * Block;
        for (nint i = 0; i < whole; i += Vector<float>.Count)
        {
            var value = Vector.Load(w + i);
            squares += value * value;
        }

        var tail = 0f;
        for (nint i = whole; i < length; i++) tail += w[i] * w[i];
        return (double)Vector.Sum(squares) + tail;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint BitsAt(ulong* mask, nint i) => (uint)(mask[i / BitsPerWord] >> (int)(i % BitsPerWord)) & 0xFFFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsLive(ulong* mask, nint i) => (mask[i / BitsPerWord] >> (int)(i % BitsPerWord) & 1) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Keep(uint bits, Vector<uint> laneBits) =>
        Vector.AsVectorSingle(Vector.Equals(new Vector<uint>(bits) & laneBits, laneBits));
}
