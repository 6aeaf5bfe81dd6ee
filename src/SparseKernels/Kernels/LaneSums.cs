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

    /// <summary>Adds the sum over each vector to one of the floats that follow one another.</summary>
    /// <param name="sums">The floats.</param>
    /// <param name="vectors">The vectors, one behind the other.</param>
    /// <param name="lanes">Lanes of a vector: 4, 8 or 16.</param>
    /// <param name="count">Vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddVectors(float* sums, float* vectors, int lanes, int count)
    {
        const int AtOnce = 4;
        for (; count >= AtOnce; count -= AtOnce, sums += AtOnce, vectors += AtOnce * lanes)
            Add(sums, Fold(vectors, lanes), Fold(vectors + lanes, lanes), Fold(vectors + (2 * lanes), lanes), Fold(vectors + (3 * lanes), lanes));
        for (; count > 0; count--, sums++, vectors += lanes) Add(sums, Fold(vectors, lanes));
    }

    /// <summary>As above, vector i's sum added to <c>sums[places[i]]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddVectors(float* sums, int* places, float* vectors, int lanes, int count)
    {
        for (var i = 0; i < count; i++, vectors += lanes) Add(sums + places[i], Fold(vectors, lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Fold(float* vector, int lanes)
    {
        if (lanes == Vector128<float>.Count) return Vector128.Load(vector);
        var half = Vector256.Load(vector);
        if (lanes > Vector256<float>.Count) half += Vector256.Load(vector + Vector256<float>.Count);
        return half.GetLower() + half.GetUpper();
    }

    /// <summary>The sums of neighbouring lanes, those of <paramref name="a"/> first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Pairs(Vector128<float> a, Vector128<float> b)
    {
        if (Sse.IsSupported) return Sse.Shuffle(a, b, 0b10_00_10_00) + Sse.Shuffle(a, b, 0b11_01_11_01);
        if (AdvSimd.Arm64.IsSupported) return AdvSimd.Arm64.AddPairwise(a, b);
        return Vector128.Create(a[0] + a[1], a[2] + a[3], b[0] + b[1], b[2] + b[3]);
    }
}
