using SparseKernels.Packing;

namespace SparseKernels.Scheduling;

/// <summary>
/// Block sizes of a BackwardWeights pass: how many pixels the accumulators run over (one packed channel block of x and one panel of
/// dy stay in L1), how many channels an item packs (L2), and how the batch is cut where the weights alone give too few items.
/// Fixed by shape and machine, never by thread count.
/// </summary>
internal sealed class WeightGradientTiling
{
    private const int Block = BlockedTensor.Block;

    /// <summary>Work items worth having, so that many cores find some.</summary>
    private const int EnoughItems = 16;

    /// <summary>Panels or channel blocks of one item at most: each packed vector is then used this often per tap.</summary>
    private const int EnoughReuse = 8;

    public WeightGradientTiling(TapGeometry g, OutputPanel[] panels)
    {
        Lanes = Math.Min(g.InC, Block);
        var inBlocks = BlockedTensor.Blocks(g.InC);
        var bytesPerPixel = sizeof(float) * (Lanes * g.InStepH * g.InStepW + panels[0].Width);
        var budget = Math.Max(MachineTopology.L1Bytes * 7 / 8 / bytesPerPixel, 32);
        var imagePixels = (long)g.GridRows * g.GridColumns;
        BandRows = imagePixels <= budget ? g.GridRows : Math.Max(1, budget / g.GridColumns);
        BandRows = Ceiling(g.GridRows, Ceiling(g.GridRows, BandRows));
        ImagesPerBlock = (int)Math.Clamp(budget / imagePixels, 1, g.Shape.N);
        ImagesPerBlock = Ceiling(g.Shape.N, Ceiling(g.Shape.N, ImagesPerBlock));
        Bands = Ceiling(g.GridRows, BandRows);
        PixelBlocks = checked(Ceiling(g.Shape.N, ImagesPerBlock) * Bands);

        PanelGroups = Ceiling(panels.Length, Math.Max(1, EnoughReuse * Block / panels[0].Width));
        PanelsPerGroup = Ceiling(panels.Length, PanelGroups);
        PanelGroups = Ceiling(panels.Length, PanelsPerGroup);
        ChannelGroups = Ceiling(inBlocks, EnoughReuse);
        BlocksPerGroup = Ceiling(inBlocks, ChannelGroups);
        ChannelGroups = Ceiling(inBlocks, BlocksPerGroup);
        var outer = (long)g.Shape.Groups * PanelGroups * ChannelGroups;
        Splits = (int)Math.Clamp((EnoughItems + outer - 1) / outer, 1, PixelBlocks);
        Items = checked(g.Shape.Groups * PanelGroups * ChannelGroups * Splits);

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

    private static int Ceiling(int a, int b) => (a + b - 1) / b;
}
