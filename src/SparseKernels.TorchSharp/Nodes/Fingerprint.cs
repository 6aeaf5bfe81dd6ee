using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SparseKernels.TorchSharp.Nodes;

/// <summary>
/// A number that tells whether elements changed: 64 interleaved hashes <c>h = (h ⊕ bits) · p</c> (Fowler, Noll and Vo, FNV-1a, over 32-bit words) joined
/// into one. A change of one element always gives another number.
/// </summary>
internal static class Fingerprint
{
    private const uint Prime = 0x01000193, Basis = 0x811C9DC5;
    private const int Chains = 8;

    /// <summary>The number of some elements.</summary>
    /// <param name="elements">The elements.</param>
    public static ulong Of(ReadOnlySpan<float> elements)
    {
        var words = MemoryMarshal.Cast<float, uint>(elements);
        var prime = Vector256.Create(Prime);
        Vector256<uint> a = Vector256.Create(Basis), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
        var step = Chains * Vector256<uint>.Count;
        while (words.Length >= step)
        {
            a = (a ^ At(words, 0)) * prime;
            b = (b ^ At(words, 1)) * prime;
            c = (c ^ At(words, 2)) * prime;
            d = (d ^ At(words, 3)) * prime;
            e = (e ^ At(words, 4)) * prime;
            f = (f ^ At(words, 5)) * prime;
            g = (g ^ At(words, 6)) * prime;
            h = (h ^ At(words, 7)) * prime;
            words = words[step..];
        }

        var hash = 0xCBF29CE484222325ul;
        foreach (var chain in (ReadOnlySpan<Vector256<uint>>)[a, b, c, d, e, f, g, h])
            for (var i = 0; i < Vector256<uint>.Count; i++) hash = Join(hash, chain[i]);
        foreach (var word in words) hash = Join(hash, word);
        return hash;
    }

    private static Vector256<uint> At(ReadOnlySpan<uint> words, int vector) => Vector256.Create(words[(vector * Vector256<uint>.Count)..]);

    private static ulong Join(ulong hash, uint word) => (hash ^ word) * 0x100000001B3;
}
