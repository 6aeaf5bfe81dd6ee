using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Threading;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.DataFine;

/// <summary>
/// Block sizes of a <see cref="DataFinePass"/>. The chunks of input channels, which fix the order of every sum, depend on shape and caches
/// alone; how the work is shared out depends on the threads too.
/// </summary>
internal sealed class DataFineTiling
{
    private const int Block = LaneBlock.Size;

    /// <summary>Pixels that read a weight panel from L1 before the next panel comes.</summary>
    private const int EnoughPixels = 512;

    /// <summary>Work items for each thread, so that none waits long for the last one.</summary>
    private const int ItemsPerThread = 8;

    /// <summary>How many times the blocks of a full chunk one may have whose blocks are partly dead.</summary>
    private const int MostBlocksPerChunk = 4;

    public DataFineTiling(TapGeometry g, InstructionSetKind isa, int threads)
    {
        Runs = TapRun.Of(g);
        TapsBefore = new int[Runs.Length];
        for (var run = 1; run < Runs.Length; run++) TapsBefore[run] = TapsBefore[run - 1] + Runs[run - 1].Taps.Length;
        var longestRun = Runs.Length == 0 ? 1 : Runs.Max(run => run.Taps.Length);

        var outBlocks = LaneBlock.Count(g.OutC);
        OutLanes = outBlocks * Block;
        Panels = SplitPanels(outBlocks, KernelTable.SparsePanelBlocks(isa));
        InBlocks = LaneBlock.Count(g.InC);
        var blockBytes = longestRun * Math.Min(g.InC, Block) * Panels[0].Width * sizeof(float);
        var chunkBlocks = Math.Clamp(MachineTopology.L1Bytes / 4 * 3 / blockBytes, 1, InBlocks);
        chunkBlocks = Evenly(InBlocks, chunkBlocks);
        ChunkChannels = chunkBlocks * Block;
        MostBlocks = Math.Min(InBlocks, chunkBlocks * MostBlocksPerChunk);

        // A list may hold every element: 8 bytes each.
        var bytesPerPixel = 2L * sizeof(float) * ChunkChannels * g.InStepH * g.InStepW;
        var budget = (int)Math.Clamp(MachineTopology.L2Bytes / 4 * 3 / bytesPerPixel, 1, EnoughPixels * 2);
        var imagePixels = (long)g.GridRows * g.GridColumns;
        BandRows = imagePixels <= budget ? g.GridRows : Evenly(g.GridRows, Math.Max(1, budget / g.GridColumns));
        ImagesPerItem = imagePixels <= budget ? Math.Clamp((int)Math.Min(budget, EnoughPixels) / (int)imagePixels, 1, g.Shape.N) : 1;
        ImagesPerItem = Evenly(g.Shape.N, ImagesPerItem);
        ImageBlocks = Ceiling(g.Shape.N, ImagesPerItem);
        Bands = Ceiling(g.GridRows, BandRows);
        var spatial = (long)g.Groups * ImageBlocks * Bands;
        PanelGroups = threads == 1 ? 1 : (int)Math.Clamp((ItemsPerThread * threads + spatial - 1) / spatial, 1, Panels.Length);
        PanelsPerGroup = Ceiling(Panels.Length, PanelGroups);
        PanelGroups = Ceiling(Panels.Length, PanelsPerGroup);
        Items = checked(g.Groups * ImageBlocks * Bands * PanelGroups);

        PackedRows = (BandRows - 1) * g.InStepH + g.MaxDh - g.MinDh + 1;
        PackedColumns = (g.GridColumns - 1) * g.InStepW + g.MaxDw - g.MinDw + 1;
        OutRows = BandRows * g.OutStepH;
    }

    /// <summary>The taps, run by run.</summary>
    public TapRun[] Runs { get; }

    /// <summary>For each run: the taps of the runs before it.</summary>
    public int[] TapsBefore { get; }

    /// <summary>Output lanes of a group, whole blocks.</summary>
    public int OutLanes { get; }

    public OutputPanel[] Panels { get; }

    /// <summary>Blocks of input channels.</summary>
    public int InBlocks { get; }

    /// <summary>Input channels whose weights are used at a time, at most: their panel stays in L1.</summary>
    public int ChunkChannels { get; }

    /// <summary>Blocks of input channels of a chunk, at most.</summary>
    public int MostBlocks { get; }

    public int ImagesPerItem { get; }

    public int ImageBlocks { get; }

    /// <summary>Rows of the phase grid in one work item.</summary>
    public int BandRows { get; }

    public int Bands { get; }

    public int PanelGroups { get; }

    public int PanelsPerGroup { get; }

    public int Items { get; }

    /// <summary>Input rows that a band reads.</summary>
    public int PackedRows { get; }

    /// <summary>Input columns that a row of outputs reads, padding included.</summary>
    public int PackedColumns { get; }

    /// <summary>Output rows of a band, all phases.</summary>
    public int OutRows { get; }

    /// <summary>Panels of at most so many blocks, as even as they come, the wider ones first.</summary>
    private static OutputPanel[] SplitPanels(int blocks, int most)
    {
        var panels = new OutputPanel[Ceiling(blocks, most)];
        var lane = 0;
        for (var i = 0; i < panels.Length; i++)
        {
            var width = Ceiling(blocks - lane / Block, panels.Length - i) * Block;
            panels[i] = new OutputPanel(lane, width);
            lane += width;
        }

        return panels;
    }
}
