using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.Lists;
using SparseKernels.Threading;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.GradientMaskFine;

/// <summary>
/// Block sizes and offsets of a BackwardWeights pass that computes wanted weights alone, each a dot product over pixels. The lanes are
/// 16 images, or 16 pixels of an output row where the batch is too small for that.
/// </summary>
/// <remarks>
/// Both operands are packed so that an output row is one contiguous run in each: dy as <c>[k, rows, blocks of a row, 16]</c>, x as
/// <c>[c, variant, rows, blocks of a row, 16]</c>. A variant holds the columns that some taps share: with lanes of images those of one
/// residue modulo the stride, taps of the residue being shifts of it; with lanes of pixels those of one column tap, whose loads are then
/// aligned. Bands of rows, which fix the order of every sum, never depend on the thread count; the sharing out does.
/// </remarks>
internal sealed class GradientMaskFineTiling
{
    private const int Block = LaneBlock.Size;

    /// <summary>
    /// Blocks of 16 that a dot product runs over in one call: enough to hide its end, few enough to keep many channels in L2.
    /// </summary>
    private const int BandBlocks = 112;

    /// <summary>
    /// Pairs of a block of channels and 16 output channels under which the batch is cut too, so that many cores find work.
    /// </summary>
    private const int EnoughPairs = 32;

    /// <summary>Work items for each thread, so that none waits long for the last one.</summary>
    private const int ItemsPerThread = 4;

    /// <summary>
    /// What lanes of pixels were measured to lose, beside the lanes past a row's end: x is packed once for each column tap.
    /// </summary>
    private const double Slowdown = 1.5;

    /// <summary>Floats that far apart fall on the same set of the L1 cache.</summary>
    private const int AliasingStep = 1024;

    /// <summary>Wanted weights, were all wanted, that tiles are sorted of together where output channels have few.</summary>
    private const int SortedWeights = 1 << 15;

    private readonly TapGeometry _g;

    /// <param name="g">The Forward geometry.</param>
    /// <param name="threads">Threads that want items.</param>
    public GradientMaskFineTiling(TapGeometry g, int threads)
    {
        _g = g;
        var wide = Ceiling(g.OutW, Block);
        LanesAreImages = Slowdown * g.Shape.N * wide >= (double)LaneBlock.Count(g.Shape.N) * g.OutW;
        RowBlocks = LanesAreImages ? g.OutW : wide;
        BandRows = Math.Clamp(BandBlocks / RowBlocks, 1, g.OutH);
        Bands = Ceiling(g.OutH, BandRows);
        BandRows = Ceiling(g.OutH, Bands);
        Windows = LanesAreImages || Bands > 1 ? 1 : Math.Clamp(BandBlocks / (RowBlocks * BandRows), 1, g.Shape.N);
        ImagesAtOnce = LanesAreImages ? Block : Windows;
        PixelBlocks = checked(Ceiling(g.Shape.N, ImagesAtOnce) * Bands);

        WindowColumns = (g.OutW - 1) * g.InStepW + g.MaxDw - g.MinDw + 1;
        ColumnTaps = g.Phases[0].Taps.Select(tap => tap.Dw).Distinct().Order().ToArray();
        Variants = LanesAreImages ? Math.Min(g.InStepW, WindowColumns) : ColumnTaps.Length;
        PackedRows = (BandRows - 1) * g.InStepH + g.MaxDh - g.MinDh + 1;
        PackedColumns = LanesAreImages ? Ceiling(WindowColumns, g.InStepW) : wide;
        if (ChannelStep % AliasingStep == 0) PackedColumns++;

        var channels = (int)Math.Clamp(MachineTopology.L2Bytes / 4 * 3 / sizeof(float) / (Windows * (long)ChannelStep), 1, g.InC);
        ChannelBlocks = Ceiling(g.InC, channels);
        BlockChannels = Ceiling(g.InC, ChannelBlocks);
        ChannelBlocks = Ceiling(g.InC, BlockChannels);
        var pairs = (long)g.Groups * ChannelBlocks * LaneBlock.Count(g.OutC);
        Splits = (int)Math.Clamp((EnoughPairs + pairs - 1) / pairs, 1, PixelBlocks);
        (ChannelGroups, OutGroups) = (1, 1);
        while (threads > 1 && Items < (long)ItemsPerThread * threads)
        {
            if (ChannelGroups < ChannelBlocks) ChannelGroups = Math.Min(2 * ChannelGroups, ChannelBlocks);
            else if (OutGroups < LaneBlock.Count(g.OutC)) OutGroups = Math.Min(2 * OutGroups, LaneBlock.Count(g.OutC));
            else break;
        }
    }

    public bool LanesAreImages { get; }

    /// <summary>Images of a pixel block: 16 where they are the lanes, else <see cref="Windows"/>.</summary>
    public int ImagesAtOnce { get; }

    /// <summary>
    /// Windows of x and of dy that are packed one behind the other: whole small images where the lanes are pixels, else 1.
    /// </summary>
    public int Windows { get; }

    /// <summary>Blocks of 16 lanes in a row of packed dy.</summary>
    public int RowBlocks { get; }

    public int BandRows { get; }

    public int Bands { get; }

    /// <summary>Bands of all image groups; an item takes its split's share of them in ascending order.</summary>
    public int PixelBlocks { get; }

    /// <summary>Columns of x that an output row meets.</summary>
    public int WindowColumns { get; }

    /// <summary>The distances of the filter's columns.</summary>
    public int[] ColumnTaps { get; }

    public int Variants { get; }

    public int PackedRows { get; }

    /// <summary>Blocks of 16 lanes in a row of a variant; not such that channels fall on the same cache sets.</summary>
    public int PackedColumns { get; }

    /// <summary>Floats from one channel of x to the next.</summary>
    public int ChannelStep => checked(Variants * PackedRows * PackedColumns * Block);

    /// <summary>Floats of a packed channel of dy in one window.</summary>
    public int OutStep => checked(BandRows * RowBlocks * Block);

    /// <summary>Channels of x that are packed together and stay in L2.</summary>
    public int BlockChannels { get; }

    public int ChannelBlocks { get; }

    /// <summary>Weights of an output channel and a block of channels.</summary>
    public int MostWeights => checked(BlockChannels * _g.InWeightStep);

    /// <summary>Output channels whose tiles are sorted together.</summary>
    public int SortedChannels => Math.Clamp(SortedWeights / MostWeights, Block, 4 * Block);

    /// <summary>Floats from one window of x to the next.</summary>
    public int WindowStep => checked(BlockChannels * ChannelStep);

    /// <summary>Shares of a group's channel blocks.</summary>
    public int ChannelGroups { get; }

    /// <summary>Shares of a group's output channels.</summary>
    public int OutGroups { get; }

    /// <summary>Floats from one window of dy to the next: an item's output channels.</summary>
    public nint OutWindowStep => (nint)Ceiling(_g.OutC, OutGroups) * OutStep;

    /// <summary>Shares of the batch whose partial sums are added up in ascending order at the end.</summary>
    public int Splits { get; }

    public int Items => checked(_g.Groups * ChannelGroups * OutGroups * Splits);

    /// <summary>Where a tap's window starts in a channel of x.</summary>
    public int OffsetOf(Tap tap)
    {
        var column = tap.Dw - _g.MinDw;
        var (variant, shift) = LanesAreImages ? (column % _g.InStepW, column / _g.InStepW) : (Array.IndexOf(ColumnTaps, tap.Dw), 0);
        return ((variant * PackedRows + tap.Dh - _g.MinDh) * PackedColumns + shift) * Block;
    }

    /// <summary>What a work item covers.</summary>
    public WantedShare ItemOf(int item)
    {
        var split = item % Splits;
        item /= Splits;
        var outGroup = item % OutGroups;
        item /= OutGroups;
        var channelGroup = item % ChannelGroups;
        return new(
            item / ChannelGroups, ChannelBlocks * channelGroup / ChannelGroups, ChannelBlocks * (channelGroup + 1) / ChannelGroups,
            _g.OutC * outGroup / OutGroups, _g.OutC * (outGroup + 1) / OutGroups, split);
    }
}
