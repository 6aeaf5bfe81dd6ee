namespace SparseKernels.Isa;

/// <summary>The instruction sets that kernels exist for.</summary>
public enum InstructionSetKind
{
    /// <summary>Plain floating-point code; runs everywhere.</summary>
    Scalar,

    /// <summary>Arm's 128-bit vectors (Advanced SIMD on 64-bit Arm).</summary>
    Neon,

    /// <summary>256-bit vectors with fused multiply-add (AVX2 and FMA).</summary>
    Avx2,

    /// <summary>512-bit vectors (AVX-512F, BW, DQ and VL).</summary>
    Avx512,
}
