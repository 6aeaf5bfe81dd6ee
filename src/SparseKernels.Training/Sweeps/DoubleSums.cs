using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SparseKernels.Training.Sweeps;

/// <summary>Sums per lane in double precision, kept in memory: 16 doubles.</summary>
internal static unsafe class DoubleSums
{
    /// <summary>
    /// Pixels summed in single precision before a sum is folded into the doubles: short enough that its rounding stays near 10⁻⁷,
    /// long enough that folding costs nothing.
    /// </summary>
    public const int Run = 32;

    /// <summary>Adds 16 single-precision sums to 16 doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fold(Lanes sums, double* into)
    {
        FoldHalf(sums.Low, into);
        FoldHalf(sums.High, into + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FoldHalf(Vector256<float> sums, double* into)
    {
        var (low, high) = Vector256.Widen(sums);
        (Vector256.Load(into) + low).Store(into);
        (Vector256.Load(into + 4) + high).Store(into + 4);
    }
}
