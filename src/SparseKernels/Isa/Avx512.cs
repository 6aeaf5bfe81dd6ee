using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using X86 = System.Runtime.Intrinsics.X86;

namespace SparseKernels.Isa;

/// <summary>512-bit vectors: 32 registers, two fused multiply-adds a cycle on server cores.</summary>
internal readonly unsafe struct Avx512 : ISimd<Vector512<float>>
{
    public static int Lanes => 16;

    /// <summary>
    /// Whether the processor has them, a constant to the compiler. Not <see cref="Vector512.IsHardwareAccelerated"/>: .NET says no there on
    /// Xeons of the families Skylake to Cooper Lake, whose clock wide vectors slow, though it compiles them all the same. A network's
    /// training step is faster with them even so (bench/results/intel-xeon-cascade-lake-avx512).
    /// </summary>
    public static bool IsSupported
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => X86.Avx512F.IsSupported && X86.Avx512BW.VL.IsSupported && X86.Avx512DQ.IsSupported;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* destination, Vector512<float> value) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float* source) => Vector512.Create(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Vector512.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Limit(Vector512<float> value, Vector512<float> lowest, Vector512<float> highest) =>
        Vector512.MinNative(highest, Vector512.MaxNative(lowest, value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fold(Vector512<float> a) => Avx2.Fold(a.GetLower() + a.GetUpper());
}
