using SparseKernels.Kernels;

namespace SparseKernels.Scheduling;

/// <summary>
/// Block sizes of a masked-result pass. A unit is a rectangle of one image (a band of rows, a strip of columns), or whole images where
/// they are small; its packed input channels of one chunk stay in L1 while the weights of one output channel after another pass by. A
/// work item holds as many units as share L2 with the weights of 16 output channels. Chunks and units are fixed by shape and machine.
/// </summary>
internal sealed class MaskedResultTiling
{
    private const int Block = BlockedTensor.Block;

    /// <summary>Sets of L1, of a line of 16 floats in each way, on every machine known.</summary>
    private const int Sets = 64;

    /// <summary>Strips worth trying: their halos grow with their number.</summary>
    private const int MostStrips = 16;

    /// <summary>Work items for each thread, so that none waits long for the last one.</summary>
    private const int ItemsPerThread = 8;

    public MaskedResultTiling(TapGeometry g, int threads)
    {
        Geometry = g;
        InBlocks = BlockedTensor.Blocks(g.InC);
        OutBlocks = BlockedTensor.Blocks(g.OutC);
        PackedColumns = (g.GridColumns - 1) * g.InStepW + g.MaxDw - g.MinDw + 1;
        (ChunkBlocks, Bands, Strips, ImagesPerUnit) = ChooseUnit();
        Chunks = Ceiling(InBlocks, ChunkBlocks);
        BandRows = Ceiling(g.GridRows, Bands);
        StripColumns = Ceiling(g.GridColumns, Strips);

        var bandBytes = (long)WindowRows(BandRows) * PackedColumns * Block * sizeof(float) * ChunkBlocks * ImagesPerUnit;
        var units = (int)Math.Clamp(MachineTopology.L2Bytes / 2 / bandBytes, 1, int.MaxValue);
        BandsPerItem = Math.Min(Bands, units);
        var imageUnits = Ceiling(g.Shape.N, ImagesPerUnit);
        var unitsPerItem = BandsPerItem == Bands ? Math.Clamp(units / Bands, 1, imageUnits) : 1;
        if (threads > 1)
        {
            var enough = Math.Max(1, (long)g.Groups * imageUnits * OutBlocks * Ceiling(Bands, BandsPerItem) / (ItemsPerThread * threads));
            unitsPerItem = (int)Math.Min(unitsPerItem, enough);
        }

        ImagesPerItem = unitsPerItem * ImagesPerUnit;
        ImageBlocks = Ceiling(g.Shape.N, ImagesPerItem);
        BandBlocks = Ceiling(Bands, BandsPerItem);
        var spatial = (long)g.Groups * ImageBlocks * BandBlocks;
        var blockGroups = threads == 1 ? 1 : (int)Math.Clamp((ItemsPerThread * threads + spatial - 1) / spatial, 1, OutBlocks);
        OutBlocksPerItem = Ceiling(OutBlocks, blockGroups);
        OutBlockGroups = Ceiling(OutBlocks, OutBlocksPerItem);
        Items = checked((int)spatial * OutBlockGroups);

        var itemRows = 0;
        for (var band = 0; band < Bands; band += BandsPerItem)
            itemRows = Math.Max(itemRows, FirstRow(Math.Min(band + BandsPerItem, Bands)) - FirstRow(band));
        PackedRows = WindowRows(itemRows);
        if (IsPointwise)
        {
            (PixelStep, BlockStep) = (ChunkBlocks * Block, Block);
            PackedImage = checked(PackedRows * PackedColumns * PixelStep);
        }
        else
        {
            (PixelStep, BlockStep) = (Block, PlaneWithFewestConflicts());
            PackedImage = checked(BlockStep * ChunkBlocks);
        }

        UnitPixels = checked(ImagesPerUnit * BandRows * StripColumns);
    }

    public TapGeometry Geometry { get; }

    public int InBlocks { get; }

    public int OutBlocks { get; }

    /// <summary>Input-channel blocks packed and summed at a time.</summary>
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

    public int BandsPerItem { get; }

    public int BandBlocks { get; }

    public int ImagesPerItem { get; }

    public int ImageBlocks { get; }

    public int OutBlocksPerItem { get; }

    public int OutBlockGroups { get; }

    public int Items { get; }

    public int PackedRows { get; }

    public int PackedColumns { get; }

    /// <summary>
    /// Whether an output pixel reads the input pixel at its own place alone: a 1 × 1 filter that neither strides nor pads. Then a chunk's
    /// channels lie side by side in a packed pixel, which makes one long run of them; else a plane of pixels follows for each channel block.
    /// </summary>
    public bool IsPointwise => Geometry is { InStepH: 1, InStepW: 1, MinDh: 0, MaxDh: 0, MinDw: 0, MaxDw: 0, Phases.Length: 1, MostTaps: 1 } g
        && (g.GridRows, g.GridColumns) == (g.InH, g.InW);

    /// <summary>Floats from a packed pixel to the next.</summary>
    public int PixelStep { get; }

    /// <summary>Floats from a packed pixel's channel block to its next.</summary>
    public int BlockStep { get; }

    public int PackedImage { get; }

    /// <summary>Floats of one item's packed input.</summary>
    public int PackedLength => checked(PackedImage * ImagesPerItem);

    /// <summary>Output pixels of one phase in a unit, those past the edge of a narrower strip or phase included.</summary>
    public int UnitPixels { get; }

    /// <summary>The first grid row of a band.</summary>
    public int FirstRow(int band) => (int)((long)Geometry.GridRows * band / Bands);

    /// <summary>The first grid column of a strip.</summary>
    public int FirstColumn(int strip) => (int)((long)Geometry.GridColumns * strip / Strips);

    /// <summary>Packed rows that grid rows read.</summary>
    public int WindowRows(int rows) => (rows - 1) * Geometry.InStepH + Geometry.MaxDh - Geometry.MinDh + 1;

    private int WindowColumns(int columns) => (columns - 1) * Geometry.InStepW + Geometry.MaxDw - Geometry.MinDw + 1;

    /// <summary>
    /// The unit whose wanted elements cost least by a model of the kernel: cycles of a tile's loads (two in a cycle) and fixed
    /// costs, for a mask of middle density. More pixels fill the tiles, more channels spread the final sums; L1 limits the product.
    /// </summary>
    private (int ChunkBlocks, int Bands, int Strips, int ImagesPerUnit) ChooseUnit()
    {
        var g = Geometry;
        var budget = MachineTopology.L1Bytes / 4 * 3;
        var best = (ChunkBlocks: 1, Bands: g.GridRows, Strips: 1, ImagesPerUnit: 1);
        var bestCost = double.PositiveInfinity;
        for (var bands = 1; bands <= g.GridRows; bands++)
        {
            for (var strips = 1; strips <= Math.Min(g.GridColumns, MostStrips); strips++)
            {
                for (var images = 1; images <= (bands * strips == 1 ? g.Shape.N : 1); images++)
                {
                    var (rows, columns) = (WindowRows(Ceiling(g.GridRows, bands)), WindowColumns(Ceiling(g.GridColumns, strips)));
                    var blockBytes = (long)rows * columns * Block * sizeof(float) * images;
                    var chunk = (int)Math.Clamp(budget / blockBytes, 1, InBlocks);
                    chunk = Ceiling(InBlocks, Ceiling(InBlocks, chunk));
                    var pixels = (double)images * g.GridRows / bands * g.GridColumns / strips;
                    var cost = CostOfElement(pixels, chunk, fits: blockBytes * chunk <= budget);
                    if (cost >= bestCost) continue;
                    (best, bestCost) = ((chunk, bands, strips, images), cost);
                }
            }
        }

        return best;
    }

    /// <summary>Cycles for an output pixel and channel block: measured constants, of which only their proportions matter.</summary>
    private double CostOfElement(double pixels, int chunk, bool fits)
    {
        const double Density = 0.3, CyclesPerList = 100, CyclesPerTile = 30, CyclesPerWanted = 6, LatencyBound = 4, SlowdownInL2 = 2;
        var wanted = pixels * Density;
        var tiles = Math.Ceiling(wanted / KernelTable.MaxRows);
        var reduction = chunk * (double)Geometry.TapCount / Geometry.Phases.Length;
        var loads = Math.Max(LatencyBound, 1 + wanted / tiles) * reduction * (fits ? 1 : SlowdownInL2);
        return (CyclesPerList + wanted * CyclesPerWanted + tiles * (CyclesPerTile + loads)) / (pixels * chunk);
    }

    /// <summary>Lengthens planes so that the windows of a unit's planes and images fall onto one another in L1 as little as they can.</summary>
    private int PlaneWithFewestConflicts()
    {
        var (rows, columns) = (WindowRows(BandRows), WindowColumns(StripColumns));
        var (best, fewest) = (0, int.MaxValue);
        var lines = new int[Sets];
        for (var plane = PackedRows * PackedColumns; plane < PackedRows * PackedColumns + Sets; plane++)
        {
            Array.Clear(lines);
            for (var i = 0; i < ImagesPerUnit * ChunkBlocks; i++)
            {
                for (var row = 0; row < rows; row++)
                {
                    for (var column = 0; column < columns; column++) lines[(i * plane + row * PackedColumns + column) % Sets]++;
                }
            }

            if (lines.Max() >= fewest) continue;
            (best, fewest) = (plane, lines.Max());
        }

        return checked(best * Block);
    }

    private static int Ceiling(int a, int b) => (a + b - 1) / b;
}
