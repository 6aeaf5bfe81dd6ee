using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Passes.Lists;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.BatchWeightFine;

/// <summary>
/// Sizes of a pass that skips single weights on batch-blocked tensors: tiles of output pixels, and work items, which are 16 images, a group,
/// a band of output rows and a share of the output channels. The items follow from the threads too; they change no result.
/// </summary>
internal sealed class BatchWeightFineTiling
{
    private const int Block = LaneBlock.Size;

    /// <summary>Entries that pay for a list's end: measured, 6 to 10 are alike.</summary>
    private const double EnoughEntries = 8;

    /// <summary>
    /// Pixels of the largest tile. Wider ones, which AVX-512 has registers for, save loads of weights but leave room for fewer channels in L1:
    /// 14 were measured to be slower than 7 everywhere.
    /// </summary>
    private const int MostPixels = 7;

    /// <summary>Tiles that are cut from what is left of a run as evenly as can be.</summary>
    private const int TilesCutTogether = 4;

    /// <summary>Work items for each thread, so that none waits long for the last one.</summary>
    private const int ItemsPerThread = 4;

    public BatchWeightFineTiling(TapGeometry geometry, InstructionSetKind isa, int threads)
    {
        Geometry = geometry;
        Family = geometry.InStepW == 1 ? KernelFamily.List : KernelFamily.StridedList;
        Tiles = new PanelTiles(Family, isa, TilesCutTogether * MostPixels);
        var independent = (long)LaneBlock.Count(geometry.Shape.N) * geometry.Groups;
        var wanted = threads == 1 ? 1 : (long)ItemsPerThread * threads;
        Bands = (int)Math.Clamp(Ceiling(wanted, independent), 1, geometry.GridRows);
        BandRows = Ceiling(geometry.GridRows, Bands);
        Bands = Ceiling(geometry.GridRows, BandRows);
        OutParts = (int)Math.Clamp(Ceiling(threads, independent * Bands), 1, geometry.OutC);
        Items = checked((int)(independent * Bands * OutParts));
        var rows = geometry.Phases.Max(phase => phase.Taps.DistinctBy(tap => tap.Dh).Count());
        var columns = (Tiles.Largest - 1) * geometry.InStepW + geometry.MaxDw - geometry.MinDw + 1;
        Blocking = new(Math.Max(1, rows * Math.Min(columns, Tiles.Largest * geometry.MostTaps)) * Block * sizeof(float), EnoughEntries);
    }

    public TapGeometry Geometry { get; }

    /// <summary>The kernels' family.</summary>
    public KernelFamily Family { get; }

    /// <summary>Cuts runs of pixels into tiles.</summary>
    public PanelTiles Tiles { get; }

    /// <summary>Bands of output rows.</summary>
    public int Bands { get; }

    /// <summary>Output rows of a band, of every phase.</summary>
    public int BandRows { get; }

    /// <summary>Shares of a group's output channels.</summary>
    public int OutParts { get; }

    /// <summary>Work items.</summary>
    public int Items { get; }

    /// <summary>Blocks of input channels.</summary>
    public ListBlocking Blocking { get; }

    /// <summary>Pixels of the next tile of a run.</summary>
    public int NextTile(int left) => left > TilesCutTogether * Tiles.Largest ? Tiles.Largest : Tiles.First(left);
}
