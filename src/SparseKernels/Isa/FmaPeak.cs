using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Arm = System.Runtime.Intrinsics.Arm;
using X86 = System.Runtime.Intrinsics.X86;

namespace SparseKernels.Isa;

/// <summary>Measures what the machine can do at most: independent fused multiply-adds on registers alone.</summary>
internal static class FmaPeak
{
    private const int Iterations = 200_000;
    private const int Chains = 12;

    /// <summary>
    /// The best rate of one thread over a few milliseconds, in GFLOP/s (10⁹ fp32 operations a second; a multiply-add is two).
    /// </summary>
    /// <param name="kind">The instruction set.</param>
    /// <returns>GFLOP/s of one core.</returns>
    /// <exception cref="PlatformNotSupportedException">This process can't run <paramref name="kind"/>.</exception>
    public static double MeasureGflops(InstructionSetKind kind)
    {
        if (!InstructionSet.IsAvailable(kind))
            throw new PlatformNotSupportedException($"{InstructionSet.NameOf(kind)} is not available here.");
        var best = double.MaxValue;
        for (var run = 0; run < 12; run++) best = Math.Min(best, SecondsOfRun(kind));
        return 2.0 * InstructionSet.LanesOf(kind) * Chains * Iterations / best / 1e9;
    }

    /// <summary>
    /// How long the same multiply-adds take at this moment, a fraction of a millisecond: a yardstick for a machine whose pace changes.
    /// </summary>
    internal static double SecondsOfRun(InstructionSetKind kind)
    {
        var start = Stopwatch.GetTimestamp();
        s_sink += Run(kind);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static float s_sink;

    private static float Run(InstructionSetKind kind) => kind switch
    {
        InstructionSetKind.Avx512 => Avx512Chains(),
        InstructionSetKind.Avx2 => Avx2Chains(),
        InstructionSetKind.Neon => NeonChains(),
        _ => ScalarChains(),
    };

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Avx512Chains()
    {
        var a = Vector512.Create(1.0000001f);
        var b = Vector512.Create(1e-9f);
        Vector512<float> c0 = b, c1 = b, c2 = b, c3 = b, c4 = b, c5 = b, c6 = b, c7 = b, c8 = b, c9 = b, c10 = b, c11 = b;
        for (var i = 0; i < Iterations; i++)
        {
            c0 = X86.Avx512F.FusedMultiplyAdd(a, b, c0); c1 = X86.Avx512F.FusedMultiplyAdd(a, b, c1); c2 = X86.Avx512F.FusedMultiplyAdd(
                a, b, c2);
            c3 = X86.Avx512F.FusedMultiplyAdd(a, b, c3); c4 = X86.Avx512F.FusedMultiplyAdd(a, b, c4); c5 = X86.Avx512F.FusedMultiplyAdd(
                a, b, c5);
            c6 = X86.Avx512F.FusedMultiplyAdd(a, b, c6); c7 = X86.Avx512F.FusedMultiplyAdd(a, b, c7); c8 = X86.Avx512F.FusedMultiplyAdd(
                a, b, c8);
            c9 = X86.Avx512F.FusedMultiplyAdd(a, b, c9); c10 = X86.Avx512F.FusedMultiplyAdd(a, b, c10); c11 = X86.Avx512F.FusedMultiplyAdd(
                a, b, c11);
        }

        return Vector512.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Avx2Chains()
    {
        var a = Vector256.Create(1.0000001f);
        var b = Vector256.Create(1e-9f);
        Vector256<float> c0 = b, c1 = b, c2 = b, c3 = b, c4 = b, c5 = b, c6 = b, c7 = b, c8 = b, c9 = b, c10 = b, c11 = b;
        for (var i = 0; i < Iterations; i++)
        {
            c0 = X86.Fma.MultiplyAdd(a, b, c0); c1 = X86.Fma.MultiplyAdd(a, b, c1); c2 = X86.Fma.MultiplyAdd(a, b, c2);
            c3 = X86.Fma.MultiplyAdd(a, b, c3); c4 = X86.Fma.MultiplyAdd(a, b, c4); c5 = X86.Fma.MultiplyAdd(a, b, c5);
            c6 = X86.Fma.MultiplyAdd(a, b, c6); c7 = X86.Fma.MultiplyAdd(a, b, c7); c8 = X86.Fma.MultiplyAdd(a, b, c8);
            c9 = X86.Fma.MultiplyAdd(a, b, c9); c10 = X86.Fma.MultiplyAdd(a, b, c10); c11 = X86.Fma.MultiplyAdd(a, b, c11);
        }

        return Vector256.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float NeonChains()
    {
        var a = Vector128.Create(1.0000001f);
        var b = Vector128.Create(1e-9f);
        Vector128<float> c0 = b, c1 = b, c2 = b, c3 = b, c4 = b, c5 = b, c6 = b, c7 = b, c8 = b, c9 = b, c10 = b, c11 = b;
        for (var i = 0; i < Iterations; i++)
        {
            c0 = Arm.AdvSimd.FusedMultiplyAdd(c0, a, b); c1 = Arm.AdvSimd.FusedMultiplyAdd(c1, a, b); c2 = Arm.AdvSimd.FusedMultiplyAdd(
                c2, a, b);
            c3 = Arm.AdvSimd.FusedMultiplyAdd(c3, a, b); c4 = Arm.AdvSimd.FusedMultiplyAdd(c4, a, b); c5 = Arm.AdvSimd.FusedMultiplyAdd(
                c5, a, b);
            c6 = Arm.AdvSimd.FusedMultiplyAdd(c6, a, b); c7 = Arm.AdvSimd.FusedMultiplyAdd(c7, a, b); c8 = Arm.AdvSimd.FusedMultiplyAdd(
                c8, a, b);
            c9 = Arm.AdvSimd.FusedMultiplyAdd(c9, a, b); c10 = Arm.AdvSimd.FusedMultiplyAdd(c10, a, b); c11 = Arm.AdvSimd.FusedMultiplyAdd(
                c11, a, b);
        }

        return Vector128.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float ScalarChains()
    {
        float a = 1.0000001f, b = 1e-9f;
        float c0 = b, c1 = b, c2 = b, c3 = b, c4 = b, c5 = b, c6 = b, c7 = b, c8 = b, c9 = b, c10 = b, c11 = b;
        for (var i = 0; i < Iterations; i++)
        {
            c0 += a * b; c1 += a * b; c2 += a * b; c3 += a * b; c4 += a * b; c5 += a * b;
            c6 += a * b; c7 += a * b; c8 += a * b; c9 += a * b; c10 += a * b; c11 += a * b;
            a += 1e-12f;
        }

        return c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11;
    }
}
