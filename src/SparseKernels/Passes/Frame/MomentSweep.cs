using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.Frame;

/// <summary>Takes the sums over rows that a pass has just written, while they are in the cache: on every instruction set in the same order.</summary>
internal static unsafe class MomentSweep
{
    private const int Block = LaneBlock.Size;
    private const int Half = Block / 2;

    /// <summary>Rows that a band of a batch-blocked result is a multiple of, so that it has whole parts; 1 where nobody takes sums.</summary>
    public static int RowsOfBand(TensorPlaces places) =>
        places is { IsPlanar: false, Geometry.IsForward: true } ? ChannelMoments.RowsOfPartOf(places.Geometry.OutW) : 1;

    /// <summary>Takes those of a few rows of 16 images.</summary>
    /// <param name="moments">Where to.</param>
    /// <param name="output">What was written.</param>
    /// <param name="image">The first image.</param>
    /// <param name="channel">The first channel.</param>
    /// <param name="channels">How many.</param>
    /// <param name="row">The first row, which a part begins with.</param>
    /// <param name="rows">How many.</param>
    public static void Take(ChannelMoments moments, in ImageView output, int image, int channel, int channels, int row, int rows)
    {
        for (var last = row + rows; row < last; row += moments.RowsOfPart)
        {
            var count = Math.Min(moments.RowsOfPart, last - row);
            for (var k = channel; k < channel + channels; k++)
                SumRows(output.Row(image, k, row), count, output.W, output.Strides.Row, moments.Shifts[k], moments.Of(image, k, row));
        }
    }

    /// <summary>Even and odd pixels have sums of their own, so that two chains of additions run side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumRows(float* row, int rows, int width, nint rowStep, float shift, float* to)
    {
        var by = Vector256.Create(shift);
        Vector256<float> low = default, high = default, lowSquares = default, highSquares = default;
        Vector256<float> oddLow = default, oddHigh = default, oddLowSquares = default, oddHighSquares = default;
        var length = (nint)width * Block;
        for (; rows > 0; rows--, row += rowStep)
        {
            nint i = 0;
            for (; i <= length - (2 * Block); i += 2 * Block)
            {
                Add(row + i, by, ref low, ref lowSquares);
                Add(row + i + Half, by, ref high, ref highSquares);
                Add(row + i + Block, by, ref oddLow, ref oddLowSquares);
                Add(row + i + Block + Half, by, ref oddHigh, ref oddHighSquares);
            }

            if (i == length) continue;
            Add(row + i, by, ref low, ref lowSquares);
            Add(row + i + Half, by, ref high, ref highSquares);
        }

        (low + oddLow).Store(to);
        (high + oddHigh).Store(to + Half);
        (lowSquares + oddLowSquares).Store(to + Block);
        (highSquares + oddHighSquares).Store(to + Block + Half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* from, Vector256<float> shift, ref Vector256<float> sum, ref Vector256<float> squares)
    {
        var value = Vector256.Load(from) + shift;
        sum += value;
        squares = Vector256.MultiplyAddEstimate(value, value, squares);
    }
}
