using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Geometry;

/// <summary>
/// Where the inputs of a pass lie in a batch-blocked tensor whose border is as wide as its taps reach: every tap of every output pixel reads
/// 16 images at a place that follows from the pixel's and the tap's alone.
/// </summary>
/// <param name="geometry">The pass, its channels not in blocks.</param>
/// <param name="strides">Of the tensor.</param>
internal sealed class BatchPlaces(TapGeometry geometry, BatchStrides strides) : IInputPlaces
{
    private const int Block = LaneBlock.Size;

    public TapGeometry Geometry => geometry;

    public int ChannelStep => strides.Channel;

    /// <summary>Floats from one output pixel's input to the next one's.</summary>
    public int PixelStep => geometry.InStepW * Block;

    /// <summary>Floats from an output row's input to the next one's.</summary>
    public int RowStep => geometry.InStepH * strides.Row;

    /// <summary>Floats from the first input pixel to what offset 0 of the first output pixel is.</summary>
    public int Start => geometry.MinDh * strides.Row + geometry.MinDw * Block;

    /// <summary>Floats from offset 0 to what a tap reads.</summary>
    public int Offset(Tap tap) => (tap.Dh - geometry.MinDh) * strides.Row + (tap.Dw - geometry.MinDw) * Block;

    /// <summary>Runs that a band of so many output rows falls into at most.</summary>
    public int MostRuns(int rows) => rows * (geometry.InStepW == 1 ? 1 : geometry.OutW);

    /// <summary>
    /// A band of output rows as triples (floats from its first input, floats from its first output, length): its rows, or their pixels
    /// where the inputs are a step apart; one if the rows follow one another in both tensors.
    /// </summary>
    /// <param name="runs">Where to.</param>
    /// <param name="outRow">Floats from one output row to the next.</param>
    /// <param name="rows">Output rows.</param>
    /// <returns>How many.</returns>
    public unsafe int FillRuns(int* runs, int outRow, int rows)
    {
        var (length, pieces) = (geometry.OutW * Block, 1);
        if (geometry.InStepW > 1) (length, pieces) = (Block, geometry.OutW);
        else if (RowStep == length && outRow == length) (length, rows) = (length * rows, 1);
        for (var i = 0; i < rows * pieces; i++, runs += 3)
            (runs[0], runs[1], runs[2]) = (i / pieces * RowStep + i % pieces * PixelStep, i / pieces * outRow + i % pieces * Block, length);
        return rows * pieces;
    }
}
