using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Threading;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.ResultFine;

/// <summary>
/// Block sizes of a masked-result pass. A unit is a rectangle of one image (a band of rows, a strip of columns), or whole images where
/// they are small. Its packed window of one chunk of input channels stays in L2, the rows that neighbouring pixels read in L1, while the
/// weights of one output channel after another pass by. A work item holds as many units as share L2 with the weights of 16 output
/// channels. Chunks and units are fixed by shape and machine.
/// </summary>
internal sealed class ResultFineTiling
{
    private const int Block = LaneBlock.Size;

    /// <summary>Strips worth trying: their halos grow with their number.</summary>
    private const int MostStrips = 16;

    /// <summary>Work items for each thread, so that none waits long for the last one.</summary>
    private const int ItemsPerThread = 8;

    /// <summary>Shares of wanted elements that masks are likely to have.</summary>
    private static readonly double[] s_densities = [0.5, 0.3, 0.1];

    public ResultFineTiling(TapGeometry g, int threads)
    {
        Geometry = g;
        InBlocks = LaneBlock.Count(g.InC);
        OutBlocks = LaneBlock.Count(g.OutC);
        (ChunkBlocks, Bands, Strips, ImagesPerUnit) = ChooseUnit();
        Chunks = Ceiling(InBlocks, ChunkBlocks);
        BandRows = Ceiling(g.GridRows, Bands);
        StripColumns = Ceiling(g.GridColumns, Strips);
        WindowRows = WindowRowsOf(BandRows);
        WindowColumns = WindowColumnsOf(StripColumns);
        PixelStep = ChunkBlocks * Block;
        PackedImage = checked(WindowRows * WindowColumns * PixelStep);
        PackedUnit = checked(PackedImage * ImagesPerUnit);
        PaddedPixels = checked(Ceiling(ImagesPerUnit * BandRows * StripColumns, Block) * Block);

        Units = checked(Ceiling(g.Shape.N, ImagesPerUnit) * Bands * Strips);
        UnitsPerItem = (int)Math.Clamp(MachineTopology.L2Bytes / 2 / ((long)PackedUnit * sizeof(float)), 1, Units);
        if (threads > 1) UnitsPerItem = (int)Math.Clamp((long)g.Groups * Units * OutBlocks / (ItemsPerThread * threads), 1, UnitsPerItem);
        UnitBlocks = Ceiling(Units, UnitsPerItem);
        var spatial = (long)g.Groups * UnitBlocks;
        var blockGroups = threads == 1 ? 1 : (int)Math.Clamp((ItemsPerThread * threads + spatial - 1) / spatial, 1, OutBlocks);
        OutBlocksPerItem = Ceiling(OutBlocks, blockGroups);
        OutBlockGroups = Ceiling(OutBlocks, OutBlocksPerItem);
        Items = checked((int)spatial * OutBlockGroups);
    }

    public TapGeometry Geometry { get; }

    public int InBlocks { get; }

    public int OutBlocks { get; }

    /// <summary>Input-channel blocks packed and summed at a time; where the last chunk has fewer, zeros fill it up.</summary>
    public int ChunkBlocks { get; }

    public int Chunks { get; }

    /// <summary>Bands of an image, as equal as rows allow.</summary>
    public int Bands { get; }

    /// <summary>Rows of the phase grid in a band at most.</summary>
    public int BandRows { get; }

    /// <summary>Strips of a band, as equal as columns allow.</summary>
    public int Strips { get; }

    /// <summary>Columns of the phase grid in a strip at most.</summary>
    public int StripColumns { get; }

    public int ImagesPerUnit { get; }

    /// <summary>Units of the batch, strip by strip of band by band of images.</summary>
    public int Units { get; }

    public int UnitsPerItem { get; }

    public int UnitBlocks { get; }

    public int OutBlocksPerItem { get; }

    public int OutBlockGroups { get; }

    public int Items { get; }

    /// <summary>Input rows that the largest band reads.</summary>
    public int WindowRows { get; }

    /// <summary>Input columns that the widest strip reads.</summary>
    public int WindowColumns { get; }

    /// <summary>Floats from a packed pixel to the next: the channels of a chunk.</summary>
    public int PixelStep { get; }

    /// <summary>Floats of one image's window.</summary>
    public int PackedImage { get; }

    /// <summary>Floats of one unit's windows.</summary>
    public int PackedUnit { get; }

    /// <summary>Floats of one item's packed input.</summary>
    public long PackedLength => (long)PackedUnit * UnitsPerItem;

    /// <summary>
    /// Output pixels of one phase in a unit, those past the edge of a narrower strip included, up to whole vectors of mask words.
    /// </summary>
    public int PaddedPixels { get; }

    /// <summary>The first grid row of a band.</summary>
    public int FirstRow(int band) => (int)((long)Geometry.GridRows * band / Bands);

    /// <summary>The first grid column of a strip.</summary>
    public int FirstColumn(int strip) => (int)((long)Geometry.GridColumns * strip / Strips);

    private int WindowRowsOf(int rows) => (rows - 1) * Geometry.InStepH + Geometry.MaxDh - Geometry.MinDh + 1;

    private int WindowColumnsOf(int columns) => (columns - 1) * Geometry.InStepW + Geometry.MaxDw - Geometry.MinDw + 1;

    /// <summary>
    /// The unit that costs least by a model of the work, over masks of several densities. More pixels fill the tiles, more channels spread
    /// the final sums, longer rows are packed faster; L1 limits the rows that the taps of a pixel read, L2 the window.
    /// </summary>
    private (int ChunkBlocks, int Bands, int Strips, int ImagesPerUnit) ChooseUnit()
    {
        var g = Geometry;
        var budget = MachineTopology.L2Bytes / 4;
        var best = (ChunkBlocks: 1, Bands: g.GridRows, Strips: 1, ImagesPerUnit: 1);
        var bestCost = double.PositiveInfinity;
        for (var bands = 1; bands <= g.GridRows; bands++)
        {
            for (var strips = 1; strips <= Math.Min(g.GridColumns, MostStrips); strips++)
            {
                for (var images = 1; images <= (bands * strips == 1 ? g.Shape.N : 1); images++)
                {
                    var (rows, columns) = (Ceiling(g.GridRows, bands), Ceiling(g.GridColumns, strips));
                    var windowRows = WindowRowsOf(rows) * images;
                    var window = (long)windowRows * WindowColumnsOf(columns);
                    var most = (int)Math.Clamp(budget / (window * Block * sizeof(float)), 1, InBlocks);
                    for (var chunks = Ceiling(InBlocks, most); chunks <= InBlocks; chunks++)
                    {
                        var chunk = Ceiling(InBlocks, chunks);
                        var pixels = (double)images * g.GridRows / bands * g.GridColumns / strips;
                        var cost = CostOfPixel(pixels, rows * images, window, windowRows, chunk, WindowColumnsOf(columns));
                        if (cost >= bestCost) continue;
                        (best, bestCost) = ((chunk, bands, strips, images), cost);
                    }
                }
            }
        }

        return best;
    }

    /// <summary>Cycles for a pixel of one output channel, as a multiple of its multiply-adds alone, averaged over densities.</summary>
    private double CostOfPixel(double pixels, int rows, long window, int windowRows, int chunk, int windowColumns)
    {
        const double CyclesPerPacked = 8, CyclesPerRow = 25, CyclesPerLine = 0.1, SlowdownInL2 = 1.1;
        var reduction = chunk * (double)Geometry.TapCount / Geometry.Phases.Length;
        var packing = (window * CyclesPerPacked + windowRows * CyclesPerRow) * chunk / Geometry.OutC;
        var (l1Lines, activeRows) = (MachineTopology.L1Bytes / (Block * sizeof(float)) * 3 / 4, Geometry.MaxDh - Geometry.MinDh + 1);
        var slowdown = (double)activeRows * windowColumns * chunk > l1Lines ? SlowdownInL2 : 1;
        var streaming = window * chunk > l1Lines ? window * chunk * CyclesPerLine : 0;
        var clearing = rows * CyclesPerRow / Block;
        var sum = 0.0;
        foreach (var density in s_densities)
            sum += (packing + clearing + streaming + CostOfList(pixels, density, reduction * slowdown)) / (density * pixels * reduction);
        return sum * Ceiling(InBlocks, chunk) * chunk / InBlocks;
    }

    /// <summary>
    /// Cycles for the wanted pixels of one output channel: two loads of a tile in a cycle, and fixed costs as measured on a Zen 3 core with
    /// AVX2.
    /// </summary>
    private static double CostOfList(double pixels, double density, double reduction)
    {
        const double CyclesPerList = 60, CyclesPerPixel = 0.5, CyclesPerWanted = 4, CyclesPerTile = 25, LatencyBound = 4;
        var wanted = pixels * density;
        var tiles = wanted < 1 ? wanted : Math.Ceiling(wanted / KernelTable.MaxRows);
        var loads = Math.Max(LatencyBound, 1 + wanted / tiles) * reduction;
        return CyclesPerList + pixels * CyclesPerPixel + wanted * CyclesPerWanted + tiles * (CyclesPerTile + loads);
    }
}
