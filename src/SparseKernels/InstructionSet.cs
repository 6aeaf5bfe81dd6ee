using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SparseKernels;

/// <summary>Which instruction set the kernels use: detected once, or forced by the environment variable <c>SPARSEKERNELS_ISA</c>.</summary>
public static class InstructionSet
{
    /// <summary>The environment variable that forces an instruction set: <c>avx512</c>, <c>avx2</c>, <c>neon</c> or <c>scalar</c>.</summary>
    public const string OverrideVariable = "SPARSEKERNELS_ISA";

    private static readonly Lazy<InstructionSetKind> s_current = new(() => Choose(Environment.GetEnvironmentVariable(OverrideVariable)));

    /// <summary>The instruction set in use.</summary>
    /// <exception cref="PlatformNotSupportedException"><c>SPARSEKERNELS_ISA</c> names one that is unknown or that this machine hasn't.</exception>
    public static InstructionSetKind Current => s_current.Value;

    /// <summary>Every instruction set this process can run, best first; the last is always <see cref="InstructionSetKind.Scalar"/>.</summary>
    public static IReadOnlyList<InstructionSetKind> Available { get; } =
        new[] { InstructionSetKind.Avx512, InstructionSetKind.Avx2, InstructionSetKind.Neon, InstructionSetKind.Scalar }.Where(IsAvailable).ToArray();

    /// <summary>Whether this process can run an instruction set.</summary>
    /// <param name="kind">The instruction set.</param>
    /// <returns>True if it can.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="kind"/> is not one of the enumeration.</exception>
    public static bool IsAvailable(InstructionSetKind kind) => kind switch
    {
        InstructionSetKind.Avx512 => Avx512F.IsSupported && Avx512BW.VL.IsSupported && Avx512DQ.IsSupported && Vector512.IsHardwareAccelerated,
        InstructionSetKind.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        InstructionSetKind.Neon => AdvSimd.Arm64.IsSupported,
        InstructionSetKind.Scalar => true,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a known instruction set."),
    };

    /// <summary>The short name used in kernel ids and in <see cref="OverrideVariable"/>.</summary>
    /// <param name="kind">The instruction set.</param>
    /// <returns><c>avx512</c>, <c>avx2</c>, <c>neon</c> or <c>scalar</c>.</returns>
    public static string NameOf(InstructionSetKind kind) => kind.ToString().ToLowerInvariant();

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

    /// <summary>Says which instruction set is in use and why.</summary>
    /// <returns>One line.</returns>
    public static string Describe()
    {
        var forced = Environment.GetEnvironmentVariable(OverrideVariable);
        var reason = string.IsNullOrEmpty(forced) ? "the best this process can run" : $"forced by {OverrideVariable}={forced}";
        return $"{NameOf(Current)} ({LanesOf(Current)} lanes of fp32): {reason}; available: {string.Join(", ", Available.Select(NameOf))}; " +
               $"{RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}";
    }

    internal static InstructionSetKind Choose(string? forced)
    {
        if (string.IsNullOrEmpty(forced)) return Available[0];
        var known = Enum.GetValues<InstructionSetKind>().Where(kind => NameOf(kind) == forced.ToLowerInvariant()).ToArray();
        if (known.Length == 0)
            throw new PlatformNotSupportedException($"{OverrideVariable}={forced}: unknown instruction set; known: {string.Join(", ", Enum.GetValues<InstructionSetKind>().Select(NameOf))}.");
        if (!IsAvailable(known[0]))
            throw new PlatformNotSupportedException($"{OverrideVariable}={forced}: this process can't run it; available: {string.Join(", ", Available.Select(NameOf))}.");
        return known[0];
    }
}
