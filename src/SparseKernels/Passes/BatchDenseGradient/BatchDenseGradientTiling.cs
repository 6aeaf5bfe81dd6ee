using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Threading;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.BatchDenseGradient;

/// <summary>
/// Block sizes of a BackwardWeights pass on batch-blocked tensors: bands of rows of which a few channels of x and of dy stay in L1, and
/// chunks of x's channels that stay in L2 while all of an item's output channels meet them. Bands and shares of the batch, which fix the
/// order of every sum, never depend on the thread count; the sharing out does.
/// </summary>
internal sealed class BatchDenseGradientTiling
{
    private const int Block = LaneBlock.Size;

    /// <summary>Tiles of output channels under which the batch is cut too, so that many cores find work.</summary>
    private const int EnoughTiles = 32;

    /// <summary>Work items for each thread, so that none waits long for the last one.</summary>
    private const int ItemsPerThread = 4;

    /// <param name="places">The Forward geometry, and where x lies.</param>
    /// <param name="isa">The instruction set.</param>
    /// <param name="threads">Threads that want items.</param>
    public BatchDenseGradientTiling(TensorPlaces places, InstructionSetKind isa, int threads)
    {
        var g = places.Geometry;
        Kernels = KernelTable.All.Where(kernel => kernel.Family == KernelFamily.Dot && kernel.Isa == isa && kernel.Vectors == ColumnsOf(isa))
            .OrderBy(kernel => kernel.Rows).ToArray();
        Columns = ColumnsOf(isa);
        Taps = g.Phases[0].Taps.OrderBy(tap => tap.R).ThenBy(tap => tap.S).ToArray();
        Rows = checked(g.InC * Taps.Length);

        var channelsOfTile = Columns + Ceiling(KernelTable.MaxRows, Math.Max(1, Taps.Length)) + 1;
        BandRows = Math.Clamp(MachineTopology.L1Bytes * 3 / 4 / (channelsOfTile * g.OutW * Block * sizeof(float)), 1, g.OutH);
        BandRows = Evenly(g.OutH, BandRows);
        Bands = Ceiling(g.OutH, BandRows);
        PixelBlocks = checked(LaneBlock.Count(g.Shape.N) * Bands);
        var windowRows = (BandRows - 1) * g.InStepH + g.MaxDh - g.MinDh + 1;
        ChunkChannels = (int)Math.Clamp(MachineTopology.L2Bytes / 2 / ((long)windowRows * places.RowStep / g.InStepH * sizeof(float)), 1, g.InC);
        ChunkChannels = Evenly(g.InC, ChunkChannels);

        OutTiles = Ceiling(g.OutC, Columns);
        var tiles = (long)g.Groups * OutTiles;
        Splits = (int)Math.Clamp((EnoughTiles + tiles - 1) / tiles, 1, PixelBlocks);
        OutParts = threads == 1 ? 1 : (int)Math.Clamp(Ceiling(ItemsPerThread * threads, g.Groups * Splits), 1, OutTiles);
    }

    /// <summary>The kernels by rows − 1.</summary>
    public KernelEntry[] Kernels { get; }

    /// <summary>Output channels of a kernel's tile.</summary>
    public int Columns { get; }

    /// <summary>The taps that read anything, in the order of the weights.</summary>
    public Tap[] Taps { get; }

    /// <summary>Weights of an output channel that have a part in anything: input channels times taps.</summary>
    public int Rows { get; }

    public int BandRows { get; }

    public int Bands { get; }

    /// <summary>Bands of all blocks of images; a share of the batch takes some of them in ascending order.</summary>
    public int PixelBlocks { get; }

    public int ChunkChannels { get; }

    /// <summary>Tiles of a group's output channels.</summary>
    public int OutTiles { get; }

    /// <summary>Shares of a group's tiles of output channels.</summary>
    public int OutParts { get; }

    /// <summary>Shares of the batch whose sums are added up in ascending order at the end.</summary>
    public int Splits { get; }

    /// <summary>Vectors of the widest tile that leave registers for six rows.</summary>
    private static int ColumnsOf(InstructionSetKind isa) => isa == InstructionSetKind.Avx2 ? 2 : 4;
}
