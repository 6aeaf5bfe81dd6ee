namespace SparseKernels.Tests.Support;

/// <summary>Plain tensors from one order of elements to the other, element by element.</summary>
internal static class Nhwc
{
    /// <summary>An NCHW tensor as NHWC.</summary>
    /// <param name="nchw">The tensor.</param>
    /// <param name="c">Channels.</param>
    /// <param name="pixels">H·W.</param>
    public static float[] Of(ReadOnlySpan<float> nchw, int c, int pixels) => Transposed(nchw, c, pixels);

    /// <summary>An NHWC tensor as NCHW.</summary>
    public static float[] Back(ReadOnlySpan<float> nhwc, int c, int pixels) => Transposed(nhwc, pixels, c);

    private static float[] Transposed(ReadOnlySpan<float> from, int rows, int columns)
    {
        var to = new float[from.Length];
        for (var i = 0; i < from.Length; i++)
        {
            var (image, row, column) = (i / (rows * columns), i / columns % rows, i % columns);
            to[(image * rows * columns) + (column * rows) + row] = from[i];
        }

        return to;
    }
}
