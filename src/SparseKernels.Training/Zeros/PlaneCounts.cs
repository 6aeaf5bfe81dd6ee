using System.Numerics;
using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Zeros;

/// <summary>
/// Counts of a tensor's non-zeros, one set for each plane, so that any thread may count any plane and the sums are the same.
/// </summary>
internal sealed unsafe class PlaneCounts(int batch, FeatureShape shape)
{
    private const int Fields = 3;
    private const int WordsAtOnce = 4;

    private readonly int _pixels = shape.Height * shape.Width;
    private readonly int[] _counts = GC.AllocateArray<int>(Fields * batch * LaneBlock.Count(shape.Channels), pinned: true);

    /// <summary>Share of elements that are non-zero, and of channels of an image that have one.</summary>
    public OperandDensity Density() =>
        new((double)Sum(0) / ((double)batch * shape.Length), (double)Sum(1) / ((double)batch * shape.Channels));

    /// <summary>The same elements as a mask: share of elements, and of pixels of a block of 16 channels that have one.</summary>
    public OperandDensity MaskDensity() =>
        new((double)Sum(0) / ((double)batch * shape.Length), (double)Sum(2) / ((double)_counts.Length / Fields * _pixels));

    /// <summary>Counts a plane by the words of its mask.</summary>
    /// <param name="plane">The plane.</param>
    /// <param name="words">Its words, one for each pixel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Count(int plane, ushort* words)
    {
        const ulong LowBits = 0x7FFF_7FFF_7FFF_7FFF;
        var (elements, live, any) = (0, 0, 0ul);
        var i = 0;
        for (; i <= _pixels - WordsAtOnce; i += WordsAtOnce)
        {
            var four = Unsafe.ReadUnaligned<ulong>(words + i);
            elements += BitOperations.PopCount(four);

            // A word's top bit becomes set where any of its bits is.
            live += BitOperations.PopCount((((four & LowBits) + LowBits) | four) & ~LowBits);
            any |= four;
        }

        any |= any >> 32;
        any |= any >> 16;
        for (; i < _pixels; i++)
        {
            elements += BitOperations.PopCount(words[i]);
            live += words[i] == 0 ? 0 : 1;
            any |= words[i];
        }

        Set(plane, elements, BitOperations.PopCount((ushort)any), live);
    }

    /// <summary>Counts a plane by its elements.</summary>
    /// <param name="plane">The plane.</param>
    /// <param name="elements">The tensor's first element.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Count(int plane, float* elements)
    {
        var (count, live, any) = (0, 0, 0);
        var from = elements + ((nint)plane * _pixels * Lanes.Count);
        for (var i = 0; i < _pixels; i++, from += Lanes.Count)
        {
            var bits = Lanes.Load(from).NonZeroBits();
            count += BitOperations.PopCount(bits);
            live += bits == 0 ? 0 : 1;
            any |= bits;
        }

        Set(plane, count, BitOperations.PopCount((uint)any), live);
    }

    private void Set(int plane, int elements, int channels, int live)
    {
        var to = (int*)Unsafe.AsPointer(ref _counts[0]) + ((nint)plane * Fields);
        (to[0], to[1], to[2]) = (elements, channels, live);
    }

    private long Sum(int field)
    {
        long sum = 0;
        for (var i = field; i < _counts.Length; i += Fields) sum += _counts[i];
        return sum;
    }
}
