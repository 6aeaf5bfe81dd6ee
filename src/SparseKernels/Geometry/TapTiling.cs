using SparseKernels.Isa;
using SparseKernels.Threading;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Geometry;

/// <summary>
/// Block sizes of a tap pass, from the shape and the caches: how many input-channel blocks a chunk has (its weight panel stays in
/// L1), how many output pixels a work item has (its packed input stays in L2), and how the output channels are shared out.
/// The chunks, which fix the order of every sum, never depend on the thread count; the sharing out does.
/// </summary>
internal sealed class TapTiling
{
    private const int Block = LaneBlock.Size;

    /// <summary>Pixels that read a weight panel from L1 before the next panel; more gains nothing.</summary>
    private const int EnoughPixels = 512;

    /// <summary>Work items for each thread, so that none waits long for the last one.</summary>
    private const int ItemsPerThread = 8;

    public TapTiling(TapGeometry g, OutputPanel[] panels, int threads)
    {
        var inBlocks = LaneBlock.Count(g.InC);
        Lanes = Math.Min(g.InC, Block);
        var panelBytes = Math.Max(g.MostTaps, 1) * Lanes * panels[0].Width * sizeof(float);
        ChunkBlocks = Math.Clamp(MachineTopology.L1Bytes / 8 * 7 / panelBytes, 1, inBlocks);
        ChunkBlocks = Evenly(inBlocks, ChunkBlocks);

        var bytesPerPixel = (long)ChunkBlocks * Lanes * sizeof(float) * g.InStepH * g.InStepW;
        var budget = (int)Math.Clamp(MachineTopology.L2Bytes / 2 / bytesPerPixel, 1, EnoughPixels);
        var imagePixels = (long)g.GridRows * g.GridColumns;
        if (imagePixels <= budget)
        {
            ImageBlocks = Ceiling(g.Shape.N, (int)(budget / imagePixels));
            BandRows = g.GridRows;
        }
        else
        {
            ImageBlocks = g.Shape.N;
            BandRows = Math.Max(1, budget / g.GridColumns);
            BandRows = Evenly(g.GridRows, BandRows);
        }

        ImagesPerBlock = Ceiling(g.Shape.N, ImageBlocks);
        ImageBlocks = Ceiling(g.Shape.N, ImagesPerBlock);
        Bands = Ceiling(g.GridRows, BandRows);
        var spatial = (long)g.Groups * ImageBlocks * Bands;
        PanelGroups = threads == 1 ? 1 : (int)Math.Clamp((ItemsPerThread * threads + spatial - 1) / spatial, 1, panels.Length);
        PanelsPerGroup = Ceiling(panels.Length, PanelGroups);
        PanelGroups = Ceiling(panels.Length, PanelsPerGroup);
        Items = checked(g.Groups * ImageBlocks * Bands * PanelGroups);

        PackedRows = (BandRows - 1) * g.InStepH + g.MaxDh - g.MinDh + 1;
        PackedColumns = (g.GridColumns - 1) * g.InStepW + g.MaxDw - g.MinDw + 1;
        PackedPlane = checked(PackedRows * PackedColumns * Lanes);
        PackedImage = checked(PackedPlane * ChunkBlocks);
        OutRows = BandRows * g.OutStepH;
        OutPlane = checked(OutRows * g.OutW * Block);
        var groupLanes = 0;
        for (var i = 0; i < panels.Length; i += PanelsPerGroup)
            groupLanes = Math.Max(groupLanes, panels.Skip(i).Take(PanelsPerGroup).Sum(panel => panel.Width));
        OutBlocks = groupLanes / Block;
    }

    /// <summary>Floats of a packed pixel: 16, or all of a group's channels where they are fewer.</summary>
    public int Lanes { get; }

    /// <summary>Input-channel blocks packed and used at a time.</summary>
    public int ChunkBlocks { get; }

    public int ImagesPerBlock { get; }

    public int ImageBlocks { get; }

    /// <summary>Rows of the phase grid in one work item; all of them if an item holds whole images.</summary>
    public int BandRows { get; }

    public int Bands { get; }

    public int PanelsPerGroup { get; }

    public int PanelGroups { get; }

    public int Items { get; }

    public int PackedRows { get; }

    public int PackedColumns { get; }

    /// <summary>Floats of one packed channel block of one image.</summary>
    public int PackedPlane { get; }

    /// <summary>Floats of one packed image: <see cref="ChunkBlocks"/> planes.</summary>
    public int PackedImage { get; }

    /// <summary>Floats of one item's packed input.</summary>
    public int PackedLength => checked(PackedImage * ImagesPerBlock);

    /// <summary>Output rows of an item, all phases.</summary>
    public int OutRows { get; }

    /// <summary>Floats of one output block of one image's rows in scratch.</summary>
    public int OutPlane { get; }

    /// <summary>Output blocks of an item at most.</summary>
    public int OutBlocks { get; }

    /// <summary>Floats of one item's output in scratch.</summary>
    public int OutLength => checked(OutPlane * OutBlocks * ImagesPerBlock);
}
