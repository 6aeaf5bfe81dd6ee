using System.Runtime.CompilerServices;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Packing;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.GradientDataFine;

/// <summary>
/// The non-zeros of some channels of a pixel block: for each phase and channel the list of its pixels, each with its value and where
/// its first tap stands in the panel of the other operand.
/// </summary>
internal readonly unsafe ref struct BandLists
{
    private const int Block = LaneBlock.Size;

    /// <summary>Pixels that are compressed at a time: copied planes are padded to a multiple of it.</summary>
    private const int Group = 8;

    private readonly TapGeometry _g;
    private readonly GradientDataFineTiling _t;
    private readonly float* _planes;

    /// <param name="g">Its output is the operand that is listed.</param>
    /// <param name="t">The block sizes.</param>
    /// <param name="scratch">Room for <see cref="Length"/> floats.</param>
    public BandLists(TapGeometry g, GradientDataFineTiling t, float* scratch)
    {
        (_g, _t) = (g, t);
        _planes = scratch;
        Values = scratch + PlanesLength(t);
        Offsets = (int*)(Values + Capacity(g, t));
        Starts = Offsets + Capacity(g, t);
    }

    public float* Values { get; }

    /// <summary>In floats, for panels as wide as the widest.</summary>
    public int* Offsets { get; }

    /// <summary><c>[phase][channel + 1]</c>.</summary>
    public int* Starts { get; }

    /// <summary>What follows the lists in the scratch memory.</summary>
    public int* End => Starts + (nint)_g.Phases.Length * StartsLength;

    /// <summary>Starts of one phase.</summary>
    public int StartsLength => _t.ListBlocks * Block + 1;

    /// <summary>Floats that the lists of an item need.</summary>
    public static long Length(TapGeometry g, GradientDataFineTiling t) =>
        PlanesLength(t) + 2L * Capacity(g, t) + g.Phases.Length * (t.ListBlocks * Block + 1L);

    /// <summary>Lists the pixels of a block of images and band of grid rows.</summary>
    /// <param name="image">The operand that is listed.</param>
    /// <param name="n">First image.</param>
    /// <param name="images">How many.</param>
    /// <param name="c">First channel.</param>
    /// <param name="channels">How many.</param>
    /// <param name="row">First grid row.</param>
    /// <param name="pixels">By phase, the offset of each pixel of a full band of each image; eight more are read.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Build(in ImageView image, int n, int images, int c, int channels, int row, int*[] pixels)
    {
        var count = 0;
        for (var phase = 0; phase < _g.Phases.Length; phase++)
        {
            var p = _g.Phases[phase];
            var rows = p.Taps.Length == 0 ? 0 : Math.Clamp(p.Rows - row, 0, _t.BandRows);
            var starts = Starts + (nint)phase * StartsLength;
            for (var first = 0; first < channels; first += Block)
            {
                var inBlock = Math.Min(Block, channels - first);
                var inPlace = !image.Blocked && _g.OutStepH == 1 && _g.OutStepW == 1;
                for (var i = 0; i < images && !inPlace; i++) CopyPlanes(
                    in image, n + i, c + first, inBlock, p, row, rows, _planes + (nint)i * Block * _t.PlaneStep);
                for (var channel = 0; channel < inBlock; channel++)
                {
                    starts[first + channel] = count;
                    for (var i = 0; i < images; i++)
                    {
                        var from = inPlace
                            ? image.Row(n + i, c + first + channel, row)
                            : _planes + ((nint)i * Block + channel) * _t.PlaneStep;
                        var offsets = pixels[phase] + (nint)i * _t.BandRows * p.Columns;
                        count = NonZeroEntries.AppendRun(
                            from, offsets, inPlace ? rows * p.Columns : Padded(rows * p.Columns), Offsets, Values, count);
                    }
                }
            }

            starts[channels] = count;
        }
    }

    /// <summary>Makes the offsets fit panels of half the width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Halve(int channels)
    {
        var count = Starts[(nint)(_g.Phases.Length - 1) * StartsLength + channels];
        for (nint i = 0; i < count; i++) Offsets[i] >>= 1;
    }

    private static long PlanesLength(GradientDataFineTiling t) => (long)t.ImagesPerBlock * Block * t.PlaneStep;

    private static nint Capacity(TapGeometry g, GradientDataFineTiling t) =>
        (nint)t.ListBlocks * Block * g.Phases.Length * t.ImagesPerBlock * t.BandRows * g.GridColumns + NonZeroEntries.Slack;

    /// <summary>
    /// Copies a phase's pixels of up to 16 channels to one plane per channel, zero from the last pixel to the next multiple of
    /// <see cref="Group"/>.
    /// </summary>
    private void CopyPlanes(in ImageView image, int n, int c, int channels, TapPhase p, int row, int rows, float* planes)
    {
        var pixels = rows * p.Columns;
        if (image.Blocked && c % Block == 0)
        {
            // All 16 lanes, wanted or not: there is room, and only full blocks are transposed in registers.
            var from = image.Row(n, c, p.StartH + row * _g.OutStepH) + (nint)p.StartW * Block;
            if (_g.OutStepH == 1 && _g.OutStepW == 1)
                Transpose.LanesToPlanes(from, Math.Min(Padded(pixels), (image.H - row) * image.W), planes, _t.PlaneStep, Block);
            else
            {
                for (var i = 0; i < rows; i++, from += (nint)_g.OutStepH * image.W * Block)
                    Transpose.LanesToPlanes(from, p.Columns, planes + (nint)i * p.Columns, _t.PlaneStep, Block, (nint)_g.OutStepW * Block);
            }
        }
        else
        {
            nint step = _g.OutStepW * image.PixelStep;
            for (var channel = 0; channel < channels; channel++)
            {
                var to = planes + (nint)channel * _t.PlaneStep;
                for (var i = 0; i < rows; i++)
                {
                    var from = image.Row(n, c + channel, p.StartH + (row + i) * _g.OutStepH) + (nint)p.StartW * image.PixelStep;
                    for (var j = 0; j < p.Columns; j++, from += step) *to++ = *from;
                }
            }
        }

        for (var channel = 0; channel < channels; channel++)
            new Span<float>(planes + (nint)channel * _t.PlaneStep + pixels, Padded(pixels) - pixels).Clear();
    }

    private static int Padded(int pixels) => (pixels + Group - 1) / Group * Group;
}
