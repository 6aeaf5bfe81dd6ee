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

    /// <summary>Packs, multiplied by a factor.</summary>
    /// <param name="gradient">The tensor.</param>
    /// <param name="mask">What is kept; null for all.</param>
    /// <param name="factor">The factor; 1 changes no bit.</param>
    /// <param name="packed">As many as <see cref="Count"/> says, overwritten.</param>
    public static void Pack(ReadOnlySpan<float> gradient, WeightPattern? mask, float factor, Span<float> packed)
    {
        if (mask is null)
        {
            var from = MemoryMarshal.Cast<float, Vector<float>>(gradient);
            var into = MemoryMarshal.Cast<float, Vector<float>>(packed);
            for (var i = 0; i < from.Length; i++) into[i] = from[i] * factor;
            for (var i = from.Length * Vector<float>.Count; i < gradient.Length; i++) packed[i] = gradient[i] * factor;
            return;
        }

        var words = mask.Words;
        var to = 0;
        for (var word = 0; word < words.Length; word++)
        {
            var first = word * BitsPerWord;
            for (var bits = words[word]; bits != 0; bits &= bits - 1) packed[to++] = gradient[first + BitOperations.TrailingZeroCount(bits)] * factor;
        }
    }

    /// <summary>The opposite way; what the mask leaves out stays as it is.</summary>
    public static void Unpack(ReadOnlySpan<float> packed, WeightPattern? mask, Span<float> gradient)
    {
        if (mask is null)
        {
            packed.CopyTo(gradient);
            return;
        }

        var words = mask.Words;
        var from = 0;
        for (var word = 0; word < words.Length; word++)
        {
            var first = word * BitsPerWord;
            for (var bits = words[word]; bits != 0; bits &= bits - 1) gradient[first + BitOperations.TrailingZeroCount(bits)] = packed[from++];
        }
    }
}
