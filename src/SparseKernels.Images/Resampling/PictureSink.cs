using System.Numerics;
using SparseKernels.Images.Decoding;

namespace SparseKernels.Images.Resampling;

/// <summary>Makes a picture of the rows: each intensity the nearest of 0 to 255.</summary>
/// <param name="picture">Overwritten.</param>
internal readonly struct PictureSink(Picture picture) : IRowSink
{
    public void Take(int y, ReadOnlySpan<float> row)
    {
        var bytes = picture.Pixels.AsSpan(y * row.Length, row.Length);
        var half = new Vector<float>(0.5f);
        var i = 0;
        for (; i <= row.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            var low = Vector.Narrow(Whole(row, i, half), Whole(row, i + Vector<float>.Count, half));
            var high = Vector.Narrow(Whole(row, i + (2 * Vector<float>.Count), half), Whole(row, i + (3 * Vector<float>.Count), half));
            Vector.Narrow(low, high).CopyTo(bytes[i..]);
        }

        // Weights are positive and their sum is 1, but for its last bits: nothing is far enough over 255 to need a bound.
        for (; i < row.Length; i++) bytes[i] = (byte)(row[i] + 0.5f);
    }

    private static Vector<uint> Whole(ReadOnlySpan<float> row, int i, Vector<float> half) =>
        Vector.AsVectorUInt32(Vector.ConvertToInt32(new Vector<float>(row[i..]) + half));
}
