using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SparseKernels.Sparsity;

/// <summary>Looks for infinity and NaN.</summary>
internal static unsafe class Finiteness
{
    /// <summary>The exponent of infinity and of every NaN; of nothing else.</summary>
    private const uint Exponent = 0x7F80_0000;

    /// <summary>All bits set in each lane that holds infinity or NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> NonFinite(Vector128<float> values)
    {
        var exponent = Vector128.Create(Exponent);
        return Vector128.Equals(values.AsUInt32() & exponent, exponent);
    }

    /// <summary>Whether so many floats are all finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Of(float* values, nint count)
    {
        var exponent = new Vector<uint>(Exponent);
        var i = (nint)0;
        for (; i <= count - 4 * Vector<uint>.Count; i += 4 * Vector<uint>.Count)
        {
            var found = IsExponent(values + i) | IsExponent(values + i + Vector<uint>.Count)
                | IsExponent(values + i + 2 * Vector<uint>.Count) | IsExponent(values + i + 3 * Vector<uint>.Count);
            if (found != Vector<uint>.Zero) return false;
        }

        for (; i < count; i++)
        {
            if (!float.IsFinite(values[i])) return false;
        }

        return true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector<uint> IsExponent(float* at) => Vector.Equals(Vector.Load((uint*)at) & exponent, exponent);
    }
}
