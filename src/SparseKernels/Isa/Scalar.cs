using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SparseKernels.Isa;

/// <summary>Four floats that no vector instruction touches.</summary>
internal struct Float4
{
    public float A, B, C, D;
}

/// <summary>Plain floating-point code for processors without any of the vector instruction sets: right, not fast.</summary>
internal readonly unsafe struct Scalar : ISimd<Float4>
{
    public static int Lanes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Load(float* source) => new() { A = source[0], B = source[1], C = source[2], D = source[3] };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* destination, Float4 value)
    {
        destination[0] = value.A;
        destination[1] = value.B;
        destination[2] = value.C;
        destination[3] = value.D;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Broadcast(float* source) => new() { A = *source, B = *source, C = *source, D = *source };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Add(Float4 a, Float4 b) => new() { A = a.A + b.A, B = a.B + b.B, C = a.C + b.C, D = a.D + b.D };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 MultiplyAdd(Float4 a, Float4 b, Float4 c) =>
        new() { A = a.A * b.A + c.A, B = a.B * b.B + c.B, C = a.C * b.C + c.C, D = a.D * b.D + c.D };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Limit(Float4 value, Float4 lowest, Float4 highest) => new()
    {
        A = Limit(value.A, lowest.A, highest.A),
        B = Limit(value.B, lowest.B, highest.B),
        C = Limit(value.C, lowest.C, highest.C),
        D = Limit(value.D, lowest.D, highest.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fold(Float4 a) => Vector128.Create(a.A, a.B, a.C, a.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Limit(float value, float lowest, float highest) => value < lowest ? lowest : value > highest ? highest : value;
}
