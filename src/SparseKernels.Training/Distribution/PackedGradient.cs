using System.Numerics;
using System.Runtime.InteropServices;
using SparseKernels.Sparsity;

namespace SparseKernels.Training.Distribution;

/// <summary>The values of a tensor that a mask keeps, one behind the other in the order of their indices.</summary>
internal static class PackedGradient
{
    private const int BitsPerWord = 64;

    /// <summary>How many there are.</summary>
    public static int Count(int length, WeightPattern? mask) => mask?.Count ?? length;

    /// <summary>Packs as many as there is room for, multiplied by a factor; whole words of the mask.</summary>
    /// <param name="gradient">The tensor.</param>
    /// <param name="mask">What is kept; null for all.</param>
    /// <param name="factor">The factor; 1 changes no bit.</param>
    /// <param name="next">The element to begin with, a multiple of 64 where there is a mask; then that to go on with.</param>
    /// <param name="packed">Overwritten; room for 64 or more.</param>
    /// <returns>How many it took.</returns>
    public static int Pack(ReadOnlySpan<float> gradient, WeightPattern? mask, float factor, ref int next, Span<float> packed)
    {
        if (mask is null)
        {
            var length = Math.Min(packed.Length, gradient.Length - next);
            Scale(gradient.Slice(next, length), factor, packed[..length]);
            next += length;
            return length;
        }

        var words = mask.Words;
        var (word, to) = (next / BitsPerWord, 0);
        for (; word < words.Length && to + BitOperations.PopCount(words[word]) <= packed.Length; word++)
        {
            var first = word * BitsPerWord;
            for (var bits = words[word]; bits != 0; bits &= bits - 1) packed[to++] = gradient[first + BitOperations.TrailingZeroCount(bits)] * factor;
        }

        next = Math.Min(word * BitsPerWord, gradient.Length);
        return to;
    }

    /// <summary>The opposite way; what the mask leaves out stays as it is.</summary>
    /// <param name="packed">What <see cref="Pack"/> took.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="first">The element that it began with.</param>
    /// <param name="gradient">The tensor.</param>
    public static void Unpack(ReadOnlySpan<float> packed, WeightPattern? mask, int first, Span<float> gradient)
    {
        if (mask is null)
        {
            packed.CopyTo(gradient[first..]);
            return;
        }

        var words = mask.Words;
        var from = 0;
        for (var word = first / BitsPerWord; from < packed.Length; word++)
        {
            for (var bits = words[word]; bits != 0; bits &= bits - 1)
                gradient[(word * BitsPerWord) + BitOperations.TrailingZeroCount(bits)] = packed[from++];
        }
    }

    private static void Scale(ReadOnlySpan<float> values, float factor, Span<float> scaled)
    {
        var from = MemoryMarshal.Cast<float, Vector<float>>(values);
        var into = MemoryMarshal.Cast<float, Vector<float>>(scaled);
        for (var i = 0; i < from.Length; i++) into[i] = from[i] * factor;
        for (var i = from.Length * Vector<float>.Count; i < values.Length; i++) scaled[i] = values[i] * factor;
    }
}
