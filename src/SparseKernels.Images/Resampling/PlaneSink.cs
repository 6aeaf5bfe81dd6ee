using SparseKernels.Images.Decoding;

namespace SparseKernels.Images.Resampling;

/// <summary>Takes the rows apart into planes of intensities from 0 to 1.</summary>
/// <param name="chw"><c>[3, H, W]</c>, overwritten.</param>
/// <param name="mirrored">Whether left and right change places.</param>
internal readonly ref struct PlaneSink(Span<float> chw, bool mirrored) : IRowSink
{
    private const float Scale = 1f / byte.MaxValue;

    private readonly Span<float> _chw = chw;

    public void Take(int y, ReadOnlySpan<float> row)
    {
        var plane = _chw.Length / Picture.Channels;
        var width = row.Length / Picture.Channels;
        var red = _chw.Slice(y * width, width);
        var green = _chw.Slice(plane + (y * width), width);
        var blue = _chw.Slice((2 * plane) + (y * width), width);
        for (var x = 0; x < width; x++)
        {
            var to = mirrored ? width - 1 - x : x;
            (red[to], green[to], blue[to]) = (Scale * row[3 * x], Scale * row[(3 * x) + 1], Scale * row[(3 * x) + 2]);
        }
    }
}
