using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Geometry;

/// <summary>
/// Where the inputs of a pass lie in a batch-blocked or planar tensor whose border is as wide as its taps reach: every tap of every output
/// pixel reads at a place that follows from the pixel's and the tap's alone. Kernels see vectors of 16 floats: a pixel of 16 images, or 16
/// neighbouring pixels of an image.
/// </summary>
/// <remarks>
/// Planar, all rows of an image are one run of vectors, which span rows and the border between them. What they make of the border is
/// worthless; whoever writes results so clears it (<see cref="ClearBorder"/>). That asks for steps of 1, and for rows as far apart in the
/// result as in the data. Where the pass has a stride, what it reads is a copy of the data (<see cref="PlanarSplit"/>).
/// </remarks>
/// <param name="geometry">The pass, its channels not in blocks.</param>
/// <param name="strides">Of the tensor.</param>
internal sealed class TensorPlaces(TapGeometry geometry, PlaneStrides strides) : IInputPlaces
{
    private const int Block = LaneBlock.Size;

    /// <summary>Of what is read.</summary>
    private readonly PlaneStrides _strides = strides.Pixel == 1 ? PlanarSplit.Of(geometry, strides)?.Strides ?? strides : strides;

    public TapGeometry Geometry => geometry;

    /// <summary>What planar data is copied to before it is read; null where it is read as it is.</summary>
    public PlanarSplit? Split { get; } = strides.Pixel == 1 ? PlanarSplit.Of(geometry, strides) : null;

    /// <summary>Whether the lanes are pixels.</summary>
    public bool IsPlanar => _strides.Pixel == 1;

    public int ChannelStep => _strides.Channel;

    /// <summary>Images of a work item: those of a vector.</summary>
    public int ImagesTogether => _strides.ImagesTogether;

    /// <summary>Work items that images alone make.</summary>
    public int ImageItems => (geometry.Shape.N + ImagesTogether - 1) / ImagesTogether;

    /// <summary>Rows of the tallest phase; planar, vectors of an image.</summary>
    public int GridRows => IsPlanar ? Vectors : geometry.GridRows;

    /// <summary>Floats from one vector's input to the next one's.</summary>
    public int VectorStep => IsPlanar ? Block : geometry.InStepW * Block;

    /// <summary>Floats from an output row's input to the next one's.</summary>
    public int RowStep => IsPlanar ? Block : geometry.InStepH * _strides.Row;

    /// <summary>Floats from the first input pixel to what offset 0 of the first output pixel is.</summary>
    public int Start => Split is null ? geometry.MinDh * _strides.Row + geometry.MinDw * _strides.Pixel : 0;

    /// <summary>Floats of what is read, of all images: what a cache would have to hold for a pass to find it there.</summary>
    public long Floats => (long)ImageItems * geometry.Groups * geometry.InC * ChannelStep;

    /// <summary>Floats of one channel that a tile of so many vectors of a row reads at most, where it reads so many rows.</summary>
    public int WindowOf(int vectors, int rows) => IsPlanar
        ? Math.Min(rows * (vectors * Block + geometry.MaxDw - geometry.MinDw), ChannelStep)
        : rows * Math.Min((vectors - 1) * geometry.InStepW + geometry.MaxDw - geometry.MinDw + 1, vectors * geometry.MostTaps) * Block;

    private int Vectors => ((geometry.GridRows - 1) * _strides.Row + geometry.GridColumns + Block - 1) / Block;

    /// <summary>Whether a border is as wide as what is needed.</summary>
    public static bool Suffices(Padding2D border, Padding2D needed) =>
        border.Top >= needed.Top && border.Bottom >= needed.Bottom && border.Left >= needed.Left && border.Right >= needed.Right;

    /// <summary>Rows of a phase, and vectors of each.</summary>
    public (int Rows, int Columns) GridOf(TapPhase phase) => IsPlanar ? (Vectors, 1) : (phase.Rows, phase.Columns);

    /// <summary>Floats from offset 0 to what a tap reads.</summary>
    public int Offset(Tap tap) =>
        Split?.Offset(tap) ?? (tap.Dh - geometry.MinDh) * _strides.Row + (tap.Dw - geometry.MinDw) * _strides.Pixel;

    /// <summary>Floats from a result's first pixel to a row of a phase, in a result with these strides.</summary>
    public nint OutputRow(TapPhase phase, int row, PlaneStrides result) => IsPlanar
        ? (nint)row * Block
        : (nint)(phase.StartH + row * geometry.OutStepH) * result.Row + phase.StartW * Block;

    /// <summary>Whether a row's last pixel and the next one's first lie side by side in data and result, so that a tile may span rows.</summary>
    public bool RowsAdjoin(TapPhase phase, PlaneStrides result) => IsPlanar
        || (geometry is { InStepH: 1, InStepW: 1, OutStepH: 1, OutStepW: 1 }
            && _strides.Row == phase.Columns * Block && result.Row == phase.Columns * Block);

    /// <summary>
    /// What of a channel a work item reads: its first float from that of the first input pixel, and how many, what lies between rows included.
    /// </summary>
    /// <param name="row">The first row of every phase, or planar the first vector.</param>
    /// <param name="rows">How many.</param>
    public (int First, int Count) WindowOfRows(int row, int rows)
    {
        if (Split is not null) return (0, ChannelStep);
        var (first, last) = IsPlanar ? (row * Block / _strides.Row, ((row + rows) * Block - 1) / _strides.Row) : (row, row + rows - 1);
        var top = Math.Max(0, first * geometry.InStepH + geometry.MinDh);
        var bottom = Math.Min(geometry.InH, last * geometry.InStepH + geometry.MaxDh + 1);
        return (top * _strides.Row, top < bottom ? (bottom - top - 1) * _strides.Row + geometry.InW * _strides.Pixel : 0);
    }

    /// <summary>Makes zero what vectors of a planar result have written past the ends of rows.</summary>
    /// <param name="plane">A channel's first pixel.</param>
    /// <param name="first">The first vector written.</param>
    /// <param name="count">Vectors written.</param>
    public unsafe void ClearBorder(float* plane, int first, int count)
    {
        var (from, to, width) = (first * Block, (first + count) * Block, geometry.OutW);
        var last = (geometry.OutH - 1) * _strides.Row;
        for (var row = from / _strides.Row * _strides.Row; row < to; row += _strides.Row)
        {
            var begin = Math.Max(from, row + width);
            var end = row >= last ? to : Math.Min(to, row + _strides.Row);

            // A column or two: a call for them would cost more than they do.
            for (nint i = begin; i < end; i++) plane[i] = 0;
            if (row >= last) return;
        }
    }

    /// <summary>Runs that a band of so many output rows falls into at most.</summary>
    public int MostRuns(int rows) => rows * (geometry.InStepW == 1 ? 1 : geometry.OutW);

    /// <summary>
    /// A band of output rows of batch-blocked tensors as triples (floats from its first input, floats from its first output, length): its
    /// rows, or their pixels where the inputs are a step apart; one if the rows follow one another in both tensors.
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
            (runs[0], runs[1], runs[2]) = (i / pieces * RowStep + i % pieces * VectorStep, i / pieces * outRow + i % pieces * Block, length);
        return rows * pieces;
    }
}
