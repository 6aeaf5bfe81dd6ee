using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arm = System.Runtime.Intrinsics.Arm;
using X86 = System.Runtime.Intrinsics.X86;

namespace SparseKernels.Isa;

/// <summary>Which instruction set the kernels use: detected once, or forced by the environment variable <c>SPARSEKERNELS_ISA</c>.</summary>
public static class InstructionSet
{
    /// <summary>
    /// The environment variable that forces an instruction set: <c>avx512</c>, <c>avx2</c>, <c>neon</c> or <c>scalar</c>.
    /// </summary>
    public const string OverrideVariable = "SPARSEKERNELS_ISA";

    /// <summary>What to do where <see cref="LacksCompiledVectors"/>; the build says it to those alone who refer to the package.</summary>
    private const string CompiledWithoutVectors =
        "the processor has AVX2, but this program was compiled ahead of time without it; " +
        "set IlcInstructionSet to x86-64-v3 (AVX2), x86-64-v4 (AVX-512) or native in the project that is published";

    private static readonly Lazy<InstructionSetKind> s_current = new(() => Choose(Environment.GetEnvironmentVariable(OverrideVariable)));

    /// <summary>The instruction set in use.</summary>
    /// <exception cref="PlatformNotSupportedException">
    /// <c>SPARSEKERNELS_ISA</c> names one that is unknown or that this machine hasn't.
    /// </exception>
    public static InstructionSetKind Current => s_current.Value;

    /// <summary>
    /// Every instruction set this process can run, best first; the last is always <see cref="InstructionSetKind.Scalar"/>.
    /// </summary>
    public static IReadOnlyList<InstructionSetKind> Available { get; } =
        new[] { InstructionSetKind.Avx512, InstructionSetKind.Avx2, InstructionSetKind.Neon, InstructionSetKind.Scalar }.Where(IsAvailable).ToArray();

    /// <summary>Whether this process can run an instruction set.</summary>
    /// <param name="kind">The instruction set.</param>
    /// <returns>True if it can.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="kind"/> is not one of the enumeration.</exception>
    public static bool IsAvailable(InstructionSetKind kind) => kind switch
    {
        InstructionSetKind.Avx512 => Avx512.IsSupported,
        InstructionSetKind.Avx2 => X86.Avx2.IsSupported && X86.Fma.IsSupported,
        InstructionSetKind.Neon => Arm.AdvSimd.Arm64.IsSupported,
        InstructionSetKind.Scalar => true,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a known instruction set."),
    };

    /// <summary>The short name used in kernel ids and in <see cref="OverrideVariable"/>.</summary>
    /// <param name="kind">The instruction set.</param>
    /// <returns><c>avx512</c>, <c>avx2</c>, <c>neon</c> or <c>scalar</c>.</returns>
    public static string NameOf(InstructionSetKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>All short names, for messages.</summary>
    internal static string KnownNames => string.Join(", ", Enum.GetValues<InstructionSetKind>().Select(NameOf));

    /// <summary>The instruction set that <see cref="NameOf"/> calls so; null for any other text.</summary>
    internal static InstructionSetKind? KindOf(string name)
    {
        foreach (var kind in Enum.GetValues<InstructionSetKind>())
        {
            if (NameOf(kind) == name) return kind;
        }

        return null;
    }

    /// <summary>Floats in one vector register: 16, 8, 4 or 1.</summary>
    /// <param name="kind">The instruction set.</param>
    /// <returns>The lanes.</returns>
    public static int LanesOf(InstructionSetKind kind) => kind switch
    {
        InstructionSetKind.Avx512 => 16,
        InstructionSetKind.Avx2 => 8,
        InstructionSetKind.Neon => 4,
        _ => 1,
    };

    /// <summary>Whether NativeAOT folded the vector kernels away on a processor that could run them.</summary>
    private static bool LacksCompiledVectors =>
        !RuntimeFeature.IsDynamicCodeSupported && Available[0] == InstructionSetKind.Scalar && ProcessorHasAvx2();

    /// <summary>Asks the processor itself, not what this process was compiled for (CPUID in Intel's manual: leaves 1 and 7).</summary>
    private static bool ProcessorHasAvx2()
    {
        const int Fma = 1 << 12, OsSavesVectors = 1 << 27, Avx2 = 1 << 5;
        if (!X86.X86Base.IsSupported || X86.X86Base.CpuId(0, 0).Eax < 7) return false;
        return (X86.X86Base.CpuId(1, 0).Ecx & (Fma | OsSavesVectors)) == (Fma | OsSavesVectors) && (X86.X86Base.CpuId(7, 0).Ebx & Avx2) != 0;
    }

    /// <summary>
    /// Says which instruction set is in use and why; so also that a program was compiled ahead of time without vectors on a processor that
    /// has them, which <see cref="Trace"/> is told once too.
    /// </summary>
    /// <returns>One line.</returns>
    public static string Describe()
    {
        var forced = Environment.GetEnvironmentVariable(OverrideVariable);
        var best = LacksCompiledVectors ? CompiledWithoutVectors : "the best this process can run";
        var reason = string.IsNullOrEmpty(forced) ? best : $"forced by {OverrideVariable}={forced}";
        return $"{NameOf(Current)} ({LanesOf(Current)} lanes of fp32): {reason}; available: {string.Join(", ", Available.Select(NameOf))}; " +
               $"{RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}";
    }

    internal static InstructionSetKind Choose(string? forced)
    {
        if (string.IsNullOrEmpty(forced))
        {
            // Not an event: NativeAOT leaves events out by default.
            if (LacksCompiledVectors) Trace.TraceWarning($"SparseKernels: {CompiledWithoutVectors}.");
            return Available[0];
        }

        if (KindOf(forced.ToLowerInvariant()) is not { } known)
            throw new PlatformNotSupportedException($"{OverrideVariable}={forced}: unknown instruction set; known: {KnownNames}.");
        if (!IsAvailable(known))
        {
            var advice = LacksCompiledVectors ? $"; {CompiledWithoutVectors}" : "";
            throw new PlatformNotSupportedException(
                $"{OverrideVariable}={forced}: this process can't run it; available: {string.Join(", ", Available.Select(NameOf))}{advice}.");
        }

        return known;
    }
}
