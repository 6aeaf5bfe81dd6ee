using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SparseKernels.Kernels;

/// <summary>Adds sums over four lanes to floats: one, two or four rows at once, each in the same order, on every instruction set.</summary>
internal static unsafe class LaneSums
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(float* sums, Vector128<float> a) => sums[0] += Pairs(Pairs(a, a), a)[0];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(float* sums, Vector128<float> a, Vector128<float> b)
    {
        var pairs = Pairs(a, b);
        var both = Pairs(pairs, pairs);
        sums[0] += both[0];
        sums[1] += both[1];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(float* sums, Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) =>
        (Vector128.Load(sums) + Pairs(Pairs(a, b), Pairs(c, d))).Store(sums);

    /// <summary>The sums of neighbouring lanes, those of <paramref name="a"/> first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Pairs(Vector128<float> a, Vector128<float> b)
    {
        if (Sse.IsSupported) return Sse.Shuffle(a, b, 0b10_00_10_00) + Sse.Shuffle(a, b, 0b11_01_11_01);
        if (AdvSimd.Arm64.IsSupported) return AdvSimd.Arm64.AddPairwise(a, b);
        return Vector128.Create(a[0] + a[1], a[2] + a[3], b[0] + b[1], b[2] + b[3]);
    }
}
