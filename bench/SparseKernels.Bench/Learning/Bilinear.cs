namespace SparseKernels.Bench.Learning;

/// <summary>
/// Resizes planes of pixels: a result is the mean of the four pixels around its centre's place, weighed by how near they are. Meant for making
/// images larger; smaller ones would alias.
/// </summary>
internal static class Bilinear
{
    /// <summary>Resizes each plane.</summary>
    /// <param name="planes">Any number of planes of <paramref name="from"/>, one behind the other.</param>
    /// <param name="from">Height and width of a plane.</param>
    /// <param name="to">Height and width of a result.</param>
    /// <returns>As many planes of <paramref name="to"/>.</returns>
    public static float[] Resize(ReadOnlySpan<float> planes, (int Height, int Width) from, (int Height, int Width) to)
    {
        var (rows, columns) = (Taps(from.Height, to.Height), Taps(from.Width, to.Width));
        var count = planes.Length / (from.Height * from.Width);
        var result = new float[count * to.Height * to.Width];
        for (var plane = 0; plane < count; plane++)
        {
            var pixels = planes.Slice(plane * from.Height * from.Width, from.Height * from.Width);
            for (var p = 0; p < to.Height; p++)
            {
                var (upper, lower, down) = rows[p];
                var above = pixels.Slice(upper * from.Width, from.Width);
                var below = pixels.Slice(lower * from.Width, from.Width);
                var row = result.AsSpan(((plane * to.Height) + p) * to.Width, to.Width);
                for (var q = 0; q < row.Length; q++)
                {
                    var (left, right, along) = columns[q];
                    row[q] = Between(Between(above[left], above[right], along), Between(below[left], below[right], along), down);
                }
            }
        }

        return result;
    }

    /// <summary>The two neighbours of each result along one side, and the share of the second.</summary>
    private static (int First, int Second, float Share)[] Taps(int from, int to) => [.. Enumerable.Range(0, to).Select(i =>
    {
        var at = Math.Clamp((((i + 0.5) * from) / to) - 0.5, 0, from - 1);
        return ((int)at, Math.Min((int)at + 1, from - 1), (float)(at - (int)at));
    })];

    private static float Between(float first, float second, float share) => first + (share * (second - first));
}
