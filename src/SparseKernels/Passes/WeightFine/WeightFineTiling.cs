using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Passes.Lists;
using SparseKernels.Threading;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.WeightFine;

/// <summary>
/// Sizes of a pass that skips single weights: what the lanes are, the work items, and segments of output pixels whose sums share L2.
/// The lanes follow from the shape alone, the work items from the threads too; neither changes a result.
/// </summary>
internal sealed class WeightFineTiling
{
    private const int Block = LaneBlock.Size;

    /// <summary>The share of non-zero weights at which the divisions of the lanes are compared.</summary>
    private const double TypicalDensity = 0.1;

    /// <summary>Entries that pay for a mispredicted end of a list.</summary>
    private const double EnoughEntries = 12;

    /// <summary>Tiles of a segment at most: enough to write long pieces of rows.</summary>
    private const int MostTilesOfSegment = 8;

    public WeightFineTiling(TapGeometry g, InstructionSetKind isa, int threads)
    {
        Tiles = new PanelTiles(KernelFamily.Spmm, isa, MostTilesOfSegment);
        var whole = Candidates(g).MinBy(Cost)!;
        ImageSets = Ceiling(g.Shape.N, whole.Images);
        var independent = ImageSets * g.Groups;
        var mostRows = (int)Math.Clamp(
            PackedBytes(threads) / Math.Max(1, whole.Length * sizeof(float) / whole.PackedRows), 1, int.MaxValue);
        var rows = Math.Clamp(mostRows - (whole.PackedRows - whole.Rows), 1, whole.Rows);
        if (independent % threads != 0 && independent < 4 * threads)
            rows = Math.Min(rows, Math.Max(Ceiling(whole.Rows, threads), Math.Min(whole.Rows, whole.PackedRows - whole.Rows)));
        rows = Evenly(whole.Rows, rows);
        Panel = new SlotPanel(g, whole.Lanes, whole.ImageBlocks, rows);
        Bands = Ceiling(g.GridRows, Panel.BandRows);
        OutParts = Math.Clamp(Ceiling(threads, independent * Bands), 1, LaneBlock.Count(g.OutC));
        var segment = MachineTopology.L2Bytes / 2 / (Ceiling(g.OutC, OutParts) * Block * sizeof(float));
        SegmentVectors = Math.Clamp(segment / Tiles.Largest, 1, MostTilesOfSegment) * Tiles.Largest;
        Blocking = new(Panel.VectorsOfTile(Tiles.Largest) * Block * sizeof(float), EnoughEntries);
    }

    /// <summary>The packed input of a work item.</summary>
    public SlotPanel Panel { get; }

    /// <summary>Cuts segments into tiles.</summary>
    public PanelTiles Tiles { get; }

    /// <summary>Shares of the batch.</summary>
    public int ImageSets { get; }

    /// <summary>Bands of output rows.</summary>
    public int Bands { get; }

    /// <summary>Shares of the output channels.</summary>
    public int OutParts { get; }

    /// <summary>Work items.</summary>
    public int Items => checked(ImageSets * Panel.Geometry.Groups * Bands * OutParts);

    /// <summary>Vectors of the longest segment.</summary>
    public int SegmentVectors { get; }

    /// <summary>Blocks of input channels.</summary>
    public ListBlocking Blocking { get; }

    /// <summary>Floats of a segment's sums.</summary>
    public long SumsLength => (long)Ceiling(Panel.Geometry.OutC, OutParts) * SegmentVectors * Block;

    /// <summary>Vectors of the next segment of a run: whole tiles, the last two sharing what is left.</summary>
    public int NextSegment(int left) => left <= SegmentVectors ? left : left >= 2 * SegmentVectors ? SegmentVectors : (left + 1) / 2;

    /// <summary>Packed input that a worker may hold: what stays in its share of the last-level cache.</summary>
    private static long PackedBytes(int threads) => Math.Max(2L * MachineTopology.L2Bytes, MachineTopology.L3Bytes / 4 / threads);

    private IEnumerable<SlotPanel> Candidates(TapGeometry g)
    {
        foreach (var lanes in LaneShape.All())
        {
            var rows = Ceiling(g.GridRows, lanes.Bands);
            var blocks = Ceiling(g.Shape.N, lanes.Images);
            var most = lanes.IsBatch ? Math.Min(blocks, Tiles.Largest) : 1;
            for (var together = 1; together <= most; together++) yield return new SlotPanel(g, lanes, together, rows);
        }
    }

    /// <summary>Time to pack or unpack a vector, in multiply-adds: measured, by how many lanes are copied in one piece.</summary>
    internal static double TransferCost(LaneShape lanes) =>
        lanes.IsBatch ? 30 : lanes.Columns switch { 16 => 45, 8 => 90, 4 => 120, 2 => 180, _ => 200 };

    /// <summary>Time for the whole batch, in multiply-adds.</summary>
    private double Cost(SlotPanel panel)
    {
        var g = panel.Geometry;
        var sets = (double)Ceiling(g.Shape.N, panel.Images);
        var (run, runs) = (panel.Slots * panel.ImageBlocks, panel.Rows);
        if (panel.RowsAdjoin) (run, runs) = (run * panel.Rows, 1);
        var cost = run <= Tiles.Longest ? Tiles.Cost(run) : (double)Tiles.Cost(Tiles.Longest) * run / Tiles.Longest;
        var packed = (double)panel.RowResidues.Length * panel.ColumnResidues.Length * panel.PackedRows * panel.PackedSlots * panel.ImageBlocks;
        var sums = (double)run * runs * g.Phases.Length;
        return sets * (cost * runs * g.TapCount * g.OutC * g.InC * TypicalDensity + (packed * g.InC + sums * g.OutC) * TransferCost(panel.Lanes));
    }
}
