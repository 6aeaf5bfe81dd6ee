using System.Numerics;
using System.Runtime.InteropServices;

namespace SparseKernels.Distributed.Sums;

/// <summary>Additions of arrays of one length, element by element.</summary>
internal static class OrderedAddition
{
    /// <summary>s ← a + b; the sum may be one of them.</summary>
    public static void Add(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> sum)
    {
        var first = MemoryMarshal.Cast<float, Vector<float>>(a[..sum.Length]);
        var second = MemoryMarshal.Cast<float, Vector<float>>(b[..sum.Length]);
        var to = MemoryMarshal.Cast<float, Vector<float>>(sum);
        for (var i = 0; i < to.Length; i++) to[i] = first[i] + second[i];
        for (var i = to.Length * Vector<float>.Count; i < sum.Length; i++) sum[i] = a[i] + b[i];
    }

    /// <summary>Adds what several ranks have to the first rank's, in their order.</summary>
    /// <param name="all">Of each rank as many values as the result has, one rank behind the other; two ranks or more.</param>
    /// <param name="sum">Overwritten.</param>
    public static void AddAll(ReadOnlySpan<float> all, Span<float> sum)
    {
        Add(all, all[sum.Length..], sum);
        for (var from = 2 * sum.Length; from < all.Length; from += sum.Length) Add(sum, all[from..], sum);
    }
}
