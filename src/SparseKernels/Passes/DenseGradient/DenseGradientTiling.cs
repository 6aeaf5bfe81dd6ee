using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Threading;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.DenseGradient;

/// <summary>
/// Block sizes of a BackwardWeights pass: how many pixels the accumulators run over (one packed channel block of x and one panel of
/// dy stay in L1), how many channels an item packs (L2), and how the batch is cut where the weights alone give too few items.
/// The pixel blocks and shares of the batch, which fix the order of every sum, never depend on the thread count; the sharing out does.
/// </summary>
internal sealed class DenseGradientTiling
{
    private const int Block = LaneBlock.Size;

    /// <summary>Pairs of a panel and a channel block under which the batch is cut too, so that many cores find work.</summary>
    private const int EnoughPairs = 32;

    /// <summary>Panels or channel blocks of one item at most: each packed vector is then used this often per tap.</summary>
    private const int EnoughReuse = 16;

    /// <summary>Work items for each thread, so that none waits long for the last one.</summary>
    private const int ItemsPerThread = 4;

    public DenseGradientTiling(TapGeometry g, OutputPanel[] panels, int threads)
    {
        Lanes = Math.Min(g.InC, Block);
        var inBlocks = LaneBlock.Count(g.InC);
        var bytesPerPixel = sizeof(float) * (Lanes * g.InStepH * g.InStepW + panels[0].Width);
        var budget = Math.Max(MachineTopology.L1Bytes / 2 / bytesPerPixel, 32);
        var imagePixels = (long)g.GridRows * g.GridColumns;
        BandRows = imagePixels <= budget ? g.GridRows : Math.Max(1, budget / g.GridColumns);
        BandRows = Evenly(g.GridRows, BandRows);
        ImagesPerBlock = (int)Math.Clamp(budget / imagePixels, 1, g.Shape.N);
        ImagesPerBlock = Evenly(g.Shape.N, ImagesPerBlock);
        Bands = Ceiling(g.GridRows, BandRows);
        PixelBlocks = checked(Ceiling(g.Shape.N, ImagesPerBlock) * Bands);

        var pairs = (long)g.Groups * panels.Length * inBlocks;
        Splits = (int)Math.Clamp((EnoughPairs + pairs - 1) / pairs, 1, PixelBlocks);
        PanelsPerGroup = Math.Min(panels.Length, Math.Max(1, EnoughReuse * Block / panels[0].Width));
        BlocksPerGroup = Math.Min(inBlocks, EnoughReuse);
        while (threads > 1 && PanelsPerGroup * BlocksPerGroup > 1 && ItemsOf(g.Groups, panels.Length, inBlocks) < ItemsPerThread * threads)
        {
            if (PanelsPerGroup * panels[0].Width >= BlocksPerGroup * Block && PanelsPerGroup > 1)
                PanelsPerGroup = Ceiling(PanelsPerGroup, 2);
            else BlocksPerGroup = Ceiling(BlocksPerGroup, 2);
        }

        PanelGroups = Ceiling(panels.Length, PanelsPerGroup);
        ChannelGroups = Ceiling(inBlocks, BlocksPerGroup);
        Items = checked((int)ItemsOf(g.Groups, panels.Length, inBlocks));

        PackedRows = (BandRows - 1) * g.InStepH + g.MaxDh - g.MinDh + 1;
        PackedColumns = (g.GridColumns - 1) * g.InStepW + g.MaxDw - g.MinDw + 1;
        PackedPlane = checked(PackedRows * PackedColumns * Lanes);
        Pixels = ImagesPerBlock * BandRows * g.GridColumns;
    }

    /// <summary>Floats of a packed input pixel: 16, or all of a group's channels where they are fewer.</summary>
    public int Lanes { get; }

    public int ImagesPerBlock { get; }

    public int BandRows { get; }

    public int Bands { get; }

    /// <summary>Blocks of pixels in the whole batch; an item takes its split's share of them in ascending order.</summary>
    public int PixelBlocks { get; }

    public int PanelsPerGroup { get; }

    public int PanelGroups { get; }

    public int BlocksPerGroup { get; }

    public int ChannelGroups { get; }

    /// <summary>Shares of the batch whose partial sums are added up in ascending order at the end.</summary>
    public int Splits { get; }

    public int Items { get; }

    public int PackedRows { get; }

    public int PackedColumns { get; }

    /// <summary>Floats of one packed channel block of one image.</summary>
    public int PackedPlane { get; }

    /// <summary>Output pixels of a full block.</summary>
    public int Pixels { get; }

    /// <summary>Floats of one packed channel block of a pixel block.</summary>
    public int PackedBlock => checked(PackedPlane * ImagesPerBlock);

    private long ItemsOf(int groups, int panels, int blocks) =>
        (long)groups * Ceiling(panels, PanelsPerGroup) * Ceiling(blocks, BlocksPerGroup) * Splits;
}
