using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Threading;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.GradientDataFine;

/// <summary>
/// Block sizes of a BackwardWeights pass over lists of non-zeros. A list runs over as many pixels as keep the panel of the other
/// operand in L1: the longer the list, the fewer branch misses. Pixel blocks and shares of the batch, which fix the order of every
/// sum, never depend on the thread count; the sharing out does.
/// </summary>
internal sealed class GradientDataFineTiling
{
    private const int Block = LaneBlock.Size;

    /// <summary>Pairs of a panel and a block of channels under which the batch is cut too, so that many cores find work.</summary>
    private const int EnoughPairs = 32;

    /// <summary>Blocks of lanes of one item at most: each list is then used this often per tap.</summary>
    private const int EnoughLaneBlocks = 16;

    /// <summary>Blocks of listed channels of one item at most: each packed panel is then used this often per tap.</summary>
    private const int EnoughListBlocks = 16;

    /// <summary>Work items for each thread, so that none waits long for the last one.</summary>
    private const int ItemsPerThread = 4;

    /// <param name="g">Its output is the operand that is listed, its input the one whose lanes are vectors.</param>
    /// <param name="isa">The kernels' instruction set.</param>
    /// <param name="single">Whether every block of lanes gets a panel of its own beside the wide one, for rows that want it alone.</param>
    /// <param name="threads">Threads that want items.</param>
    public GradientDataFineTiling(TapGeometry g, InstructionSetKind isa, bool single, int threads)
    {
        var tallest = KernelTable.All.Where(entry => entry.Family == KernelFamily.Spmm && entry.Isa == isa).Max(entry => entry.Rows);
        var most = tallest * KernelTable.WidestPanel(isa) / Block;
        var blocks = 1;
        for (var wider = 2; wider <= Math.Min(most, LaneBlock.Count(g.InC)); wider *= 2)
        {
            if (CyclesPerEntry(Cut(g, wider, tallest, most), wider, isa) < CyclesPerEntry(Cut(g, blocks, tallest, most), blocks, isa))
                blocks = wider;
        }

        Runs = Cut(g, blocks, tallest, most);
        TapsBefore = Enumerable.Range(0, Runs.Length).Select(i => Runs[..i].Sum(run => run.Taps.Length)).ToArray();
        Joint = LanePanel.Split(LaneBlock.Count(g.InC), blocks);
        Panels = single && Joint[0].Blocks > 1
            ? [.. Joint, .. Joint.Where(panel => panel.Blocks > 1).SelectMany(panel => Enumerable.Range(panel.FirstBlock, panel.Blocks)).Select(block => new LanePanel(block, 1))]
            : Joint;

        var bytesPerPixel = sizeof(float) * Joint[0].Width * g.InStepW;
        var budget = Math.Max(MachineTopology.L1Bytes / bytesPerPixel, 32);
        var imagePixels = (long)g.GridRows * g.GridColumns;
        BandRows = imagePixels <= budget ? g.GridRows : Math.Max(1, budget / g.GridColumns);
        Bands = Ceiling(g.GridRows, BandRows);
        BandRows = Ceiling(g.GridRows, Bands);
        ImagesPerBlock = (int)Math.Clamp(budget / imagePixels, 1, g.Shape.N);
        ImagesPerBlock = Evenly(g.Shape.N, ImagesPerBlock);
        PixelBlocks = checked(Ceiling(g.Shape.N, ImagesPerBlock) * Bands);
        PackedRows = (BandRows - 1) * g.InStepH + g.MaxDh - g.MinDh + 1;
        PackedColumns = (g.GridColumns - 1) * g.InStepW + g.MaxDw - g.MinDw + 1;
        PlaneStep = Ceiling(BandRows * g.GridColumns, Block) * Block;

        var listBlocks = LaneBlock.Count(g.OutC);
        var pairs = (long)g.Groups * Joint.Length * listBlocks;
        Splits = (int)Math.Clamp((EnoughPairs + pairs - 1) / pairs, 1, PixelBlocks);
        var panelsPerGroup = Math.Min(Joint.Length, Math.Max(1, EnoughLaneBlocks / Joint[0].Blocks));
        ListBlocks = Math.Min(listBlocks, EnoughListBlocks);
        while (threads > 1 && panelsPerGroup * ListBlocks > 1 && ItemsOf(g.Groups, panelsPerGroup, listBlocks) < ItemsPerThread * threads)
        {
            if (panelsPerGroup * Joint[0].Blocks >= ListBlocks && panelsPerGroup > 1) panelsPerGroup = Ceiling(panelsPerGroup, 2);
            else ListBlocks = Ceiling(ListBlocks, 2);
        }

        ListGroups = Ceiling(listBlocks, ListBlocks);
        PanelGroups = Enumerable.Range(0, Ceiling(Joint.Length, panelsPerGroup)).Select(i => PanelsOf(i * panelsPerGroup, panelsPerGroup)).ToArray();
        Items = checked((int)ItemsOf(g.Groups, panelsPerGroup, listBlocks));
    }

    public TapRun[] Runs { get; }

    /// <summary>Taps of the runs before each.</summary>
    public int[] TapsBefore { get; }

    /// <summary>Panels that together hold every lane once, the widest first.</summary>
    public LanePanel[] Joint { get; }

    /// <summary><see cref="Joint"/>, and behind them the single blocks of the wide ones where rows may want a block alone.</summary>
    public LanePanel[] Panels { get; }

    /// <summary>The panels of each share of the lanes, the widest first.</summary>
    public int[][] PanelGroups { get; }

    public int ImagesPerBlock { get; }

    public int BandRows { get; }

    public int Bands { get; }

    /// <summary>Blocks of pixels in the whole batch; an item takes its split's share of them in ascending order.</summary>
    public int PixelBlocks { get; }

    /// <summary>Blocks of listed channels of one item.</summary>
    public int ListBlocks { get; }

    public int ListGroups { get; }

    /// <summary>Shares of the batch whose partial sums are added up in ascending order at the end.</summary>
    public int Splits { get; }

    public int Items { get; }

    public int PackedRows { get; }

    public int PackedColumns { get; }

    /// <summary>Pixels of a panel: the window of every image of a block.</summary>
    public int PanelPixels => checked(PackedRows * PackedColumns * ImagesPerBlock);

    /// <summary>Floats from one channel's band of one image to the next one's, where bands are copied.</summary>
    public int PlaneStep { get; }

    private int[] PanelsOf(int first, int count)
    {
        var joint = Enumerable.Range(first, Math.Min(count, Joint.Length - first)).ToArray();
        var (from, to) = (Joint[joint[0]].FirstBlock, Joint[joint[^1]].FirstBlock + Joint[joint[^1]].Blocks);
        var single = Enumerable.Range(Joint.Length, Panels.Length - Joint.Length).Where(
            i => Panels[i].FirstBlock >= from && Panels[i].FirstBlock < to);
        return [.. joint, .. single];
    }

    /// <summary>The taps as runs whose lanes together fit a tile.</summary>
    private static TapRun[] Cut(TapGeometry g, int blocks, int tallest, int most) =>
        TapRun.Of(g).SelectMany(run => run.Pieces(Math.Min(tallest, most / blocks))).ToArray();

    /// <summary>What a non-zero costs with all taps, for each block of lanes.</summary>
    private static double CyclesPerEntry(TapRun[] runs, int blocks, InstructionSetKind isa)
    {
        // Vectors of a block, two loads a cycle at best and four fifths of that in practice; the share of a list's end.
        var vectors = isa switch { InstructionSetKind.Avx512 => 1, InstructionSetKind.Avx2 => 2, _ => 4 };
        const double MultiplyAddLatency = 4, LoadsPerCycle = 1.6, ListEnd = 1.8;
        return runs.Sum(run => ListEnd + Math.Max(MultiplyAddLatency, vectors * blocks * run.Taps.Length / LoadsPerCycle)) / blocks;
    }

    private long ItemsOf(int groups, int panelsPerGroup, int listBlocks) =>
        (long)groups * Ceiling(Joint.Length, panelsPerGroup) * Ceiling(listBlocks, ListBlocks) * Splits;
}
