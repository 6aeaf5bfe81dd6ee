using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Tensors;

namespace SparseKernels.Training.Sweeps;

/// <summary>
/// The 16 channels of one pixel, or its 16 images, as two 256-bit halves: one cache line, two registers with AVX2 or AVX-512, four with NEON. The
/// layers that use it are bound by memory, so a 512-bit form would gain nothing.
/// </summary>
internal readonly unsafe struct Lanes(Vector256<float> low, Vector256<float> high)
{
    public const int Count = BlockedTensor.Block;

    public readonly Vector256<float> Low = low;
    public readonly Vector256<float> High = high;

    public static Lanes Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Load(float* from) => new(Vector256.Load(from), Vector256.Load(from + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Broadcast(float value) => new(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes operator +(Lanes a, Lanes b) => new(a.Low + b.Low, a.High + b.High);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes operator -(Lanes a, Lanes b) => new(a.Low - b.Low, a.High - b.High);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes operator *(Lanes a, Lanes b) => new(a.Low * b.Low, a.High * b.High);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes operator &(Lanes a, Lanes b) => new(a.Low & b.Low, a.High & b.High);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes operator /(Lanes a, Lanes b) => new(a.Low / b.Low, a.High / b.High);

    /// <summary>e to the power of each lane, rounded from double precision: at most one unit in the last place off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Exp(Lanes a) => new(Vector256.Exp(a.Low), Vector256.Exp(a.High));

    /// <summary>max(a, b); b where one of them is NaN on x64, NaN on Arm: what may be one stands second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Max(Lanes a, Lanes b) => new(Vector256.MaxNative(a.Low, b.Low), Vector256.MaxNative(a.High, b.High));

    /// <summary>min(a, b), with NaN as in <see cref="Max"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Min(Lanes a, Lanes b) => new(Vector256.MinNative(a.Low, b.Low), Vector256.MinNative(a.High, b.High));

    /// <summary>All bits where a is over b, else none; none beside a NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes GreaterThan(Lanes a, Lanes b) => new(Vector256.GreaterThan(a.Low, b.Low), Vector256.GreaterThan(a.High, b.High));

    /// <summary>All bits where a equals b, else none; none beside a NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Equal(Lanes a, Lanes b) => new(Vector256.Equals(a.Low, b.Low), Vector256.Equals(a.High, b.High));

    /// <summary>Whether every lane of a is at most b's; false beside a NaN.</summary>
    public static bool AllAtMost(Lanes a, Lanes b) => Vector256.LessThanOrEqualAll(a.Low, b.Low) && Vector256.LessThanOrEqualAll(a.High, b.High);

    /// <summary>|a|.</summary>
    public static Lanes Abs(Lanes a) => new(Vector256.Abs(a.Low), Vector256.Abs(a.High));

    /// <summary>The bits of a where those of the mask are set, else those of b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Select(Lanes mask, Lanes a, Lanes b) =>
        new(Vector256.ConditionalSelect(mask.Low, a.Low, b.Low), Vector256.ConditionalSelect(mask.High, a.High, b.High));

    /// <summary>All bits of the first lanes, none of the others.</summary>
    public static Lanes First(int lanes)
    {
        var wanted = Vector256.Create(lanes);
        var numbers = Vector256<int>.Indices;
        return new(
            Vector256.LessThan(numbers, wanted).AsSingle(), Vector256.LessThan(numbers + Vector256.Create(Count / 2), wanted).AsSingle());
    }

    /// <summary>a·b + c, fused where the machine can.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes MultiplyAdd(Lanes a, Lanes b, Lanes c) =>
        new(Vector256.MultiplyAddEstimate(a.Low, b.Low, c.Low), Vector256.MultiplyAddEstimate(a.High, b.High, c.High));

    /// <summary>max(a, 0). The order of the operands lets x64 pass a NaN on, as PyTorch does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Rectify(Lanes a) =>
        new(Vector256.MaxNative(Vector256<float>.Zero, a.Low), Vector256.MaxNative(Vector256<float>.Zero, a.High));

    /// <summary><paramref name="value"/> where <paramref name="a"/> is over 0, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes WherePositive(Lanes a, Lanes value) =>
        new(
            Vector256.GreaterThan(a.Low, Vector256<float>.Zero) & value.Low,
            Vector256.GreaterThan(a.High, Vector256<float>.Zero) & value.High);

    /// <summary>The sum of all lanes, pair by pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Sum() => Vector256.Sum(Low + High);

    /// <summary>The largest of all lanes; NaN if one is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Largest()
    {
        var eight = Vector256.Max(Low, High);
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        var two = Vector64.Max(four.GetLower(), four.GetUpper());
        return MathF.Max(two[0], two[1]);
    }

    /// <summary>Bit i set where lane i is not zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort NonZeroBits() =>
        (ushort)~(Vector256.Equals(Low, Vector256<float>.Zero).ExtractMostSignificantBits() | (Vector256.Equals(High, Vector256<float>.Zero).ExtractMostSignificantBits() << 8));

    /// <summary>Bit i set where lane i is over 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort PositiveBits() =>
        (ushort)(Vector256.GreaterThan(Low, Vector256<float>.Zero).ExtractMostSignificantBits()
            | (Vector256.GreaterThan(High, Vector256<float>.Zero).ExtractMostSignificantBits() << 8));

    /// <summary><paramref name="value"/> in the lanes whose bit is set, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes WhereBit(ushort bits, Lanes value)
    {
        var each = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        var low = Vector256.Equals(Vector256.Create((int)bits) & each, each).AsSingle();
        var high = Vector256.Equals(Vector256.Create(bits >> 8) & each, each).AsSingle();
        return new(low & value.Low, high & value.High);
    }

    /// <summary><paramref name="value"/> in the lanes whose number is <paramref name="wanted"/>, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes WhereEqual(Vector256<int> low, Vector256<int> high, int wanted, Lanes value)
    {
        var number = Vector256.Create(wanted);
        return new(Vector256.Equals(low, number).AsSingle() & value.Low, Vector256.Equals(high, number).AsSingle() & value.High);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to)
    {
        Low.Store(to);
        High.Store(to + 8);
    }
}
