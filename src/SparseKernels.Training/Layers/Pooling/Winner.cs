using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.Pooling;

/// <summary>Which pixel of its window gave each output of a pooling: one byte per lane.</summary>
internal static class Winner
{
    /// <summary>No pixel: a ReLU shut the window.</summary>
    public const byte None = 255;

    /// <summary>Bytes for a pooling's output: planes side by side, without a border.</summary>
    public static int LengthFor(BlockedTensor y) => checked(new PlaneView(y).Count * y.H * y.W * Lanes.Count);

    /// <summary>Where a value beats the best so far: it is larger, or NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Beats(Vector256<float> value, Vector256<float> best) =>
        Vector256.GreaterThan(value, best) | ~Vector256.Equals(value, value);

    /// <summary>Bytes to 32-bit numbers, two registers of 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe (Vector256<int> Low, Vector256<int> High) Load(byte* from)
    {
        var (lowShorts, highShorts) = Vector128.Widen(Vector128.Load(from));
        var (lowA, lowB) = Vector128.Widen(lowShorts);
        var (highA, highB) = Vector128.Widen(highShorts);
        return (Vector256.Create(lowA, lowB).AsInt32(), Vector256.Create(highA, highB).AsInt32());
    }

    /// <summary>32-bit numbers under 256 to bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(Vector256<int> low, Vector256<int> high, byte* to)
    {
        var shorts = Vector256.Narrow(low.AsUInt32(), high.AsUInt32());
        Vector128.Narrow(shorts.GetLower(), shorts.GetUpper()).Store(to);
    }
}
