using SparseKernels.Geometry;
using SparseKernels.Isa;

namespace SparseKernels.Passes.WeightFine;

/// <summary>
/// The packed input of a work item: a plane of vectors of 16 lanes for each channel. Neighbouring output pixels of a row read
/// neighbouring vectors, whatever the stride and the tap, so that a tile of pixels is one contiguous piece of memory.
/// </summary>
/// <remarks>
/// <c>[channel][row residue][column residue][row][slot][image block][16 lanes]</c>. A slot holds <see cref="LaneShape.Columns"/> output columns. Taps
/// whose distances differ by whole slots (or whole output rows) share a residue; others have planes of their own.
/// </remarks>
internal sealed class SlotPanel : IInputPlaces
{
    private const int Block = LaneBlock.Size;

    /// <summary>
    /// Cache lines of a set-associative L1 way on current processors: channels a multiple of it apart would fight for the same sets.
    /// </summary>
    private const int LinesPerWay = 64;

    /// <param name="geometry">The pass.</param>
    /// <param name="lanes">What the lanes are.</param>
    /// <param name="imageBlocks">Blocks of <see cref="LaneShape.Images"/> images side by side in a slot.</param>
    /// <param name="rows">Output rows of a lane's band.</param>
    public SlotPanel(TapGeometry geometry, LaneShape lanes, int imageBlocks, int rows)
    {
        (Geometry, Lanes, ImageBlocks, Rows) = (geometry, lanes, imageBlocks, rows);
        Slots = (geometry.GridColumns + lanes.Columns - 1) / lanes.Columns;
        var taps = geometry.Phases.SelectMany(phase => phase.Taps).ToArray();
        RowResidues = Distinct(taps, tap => (tap.Dh - geometry.MinDh) % geometry.InStepH);
        ColumnResidues = Distinct(taps, tap => (tap.Dw - geometry.MinDw) % SlotColumns);
        PackedRows = rows + (geometry.MaxDh - geometry.MinDh) / geometry.InStepH;
        PackedSlots = Slots + (geometry.MaxDw - geometry.MinDw) / SlotColumns;
        var vectors = (long)RowResidues.Length * ColumnResidues.Length * PackedRows * PackedSlots * imageBlocks;
        LongChannelStep = Spread(vectors) * Block;
    }

    public TapGeometry Geometry { get; }

    public LaneShape Lanes { get; }

    /// <summary>Blocks of images side by side in a slot.</summary>
    public int ImageBlocks { get; }

    /// <summary>Images of a work item.</summary>
    public int Images => ImageBlocks * Lanes.Images;

    /// <summary>Output rows of a lane's band.</summary>
    public int Rows { get; }

    /// <summary>Output rows of a work item.</summary>
    public int BandRows => Rows * Lanes.Bands;

    /// <summary>Slots of an output row.</summary>
    public int Slots { get; }

    /// <summary>Distances of taps modulo the output's row step that occur, ascending.</summary>
    public int[] RowResidues { get; }

    /// <summary>Distances of taps modulo a slot's columns that occur, ascending.</summary>
    public int[] ColumnResidues { get; }

    public int PackedRows { get; }

    public int PackedSlots { get; }

    /// <summary>Whether an output row's last slot and the next one's first lie side by side, so that a tile may span rows.</summary>
    public bool RowsAdjoin => PackedSlots == Slots;

    /// <summary>Input columns from one slot to the next.</summary>
    public int SlotColumns => Lanes.Columns * Geometry.InStepW;

    /// <summary>Floats from one slot to the next.</summary>
    public int SlotStep => ImageBlocks * Block;

    /// <summary>Floats from one packed row to the next.</summary>
    public int RowStep => PackedSlots * SlotStep;

    /// <summary>Floats from one residue's plane to the next.</summary>
    public int ResidueStep => PackedRows * RowStep;

    /// <summary>Floats of a channel that are packed.</summary>
    public int PlaneLength => RowResidues.Length * ColumnResidues.Length * ResidueStep;

    /// <summary>Floats from one channel to the next.</summary>
    public int ChannelStep => checked((int)LongChannelStep);

    /// <summary>Floats of all channels.</summary>
    public long Length => LongChannelStep * Geometry.InC;

    private long LongChannelStep { get; }

    /// <summary>Floats from an output pixel's place in the panel to the input that one tap reads for it.</summary>
    public int Offset(Tap tap)
    {
        var (dh, dw) = (tap.Dh - Geometry.MinDh, tap.Dw - Geometry.MinDw);
        var row = Array.IndexOf(RowResidues, dh % Geometry.InStepH);
        var column = Array.IndexOf(ColumnResidues, dw % SlotColumns);
        return (row * ColumnResidues.Length + column) * ResidueStep + dh / Geometry.InStepH * RowStep + dw / SlotColumns * SlotStep;
    }

    /// <summary>Vectors of one channel that a tile of so many vectors of output reads at most.</summary>
    public int VectorsOfTile(int vectors)
    {
        var rows = Geometry.Phases.Max(phase => phase.Taps.DistinctBy(tap => tap.Dh).Count());
        var apart = rows * ColumnResidues.Length * (vectors + (PackedSlots - Slots) * ImageBlocks);
        var together = RowResidues.Length * ColumnResidues.Length * (vectors + (PackedRows - Rows) * Slots * ImageBlocks);
        return Math.Max(1, RowsAdjoin ? Math.Min(apart, together) : apart);
    }

    private static int[] Distinct(Tap[] taps, Func<Tap, int> residue) => taps.Select(residue).Distinct().Order().ToArray();

    /// <summary>
    /// Rounds up so that neighbouring channels start in sets far apart: an odd number of lines, so that as many channels as a way has lines
    /// all start in sets of their own, and far from a half, a third and a quarter of a way's 64 lines, so that close neighbours' planes
    /// hardly overlap.
    /// </summary>
    private static long Spread(long vectors)
    {
        const int Apart = 27;
        return vectors + (Apart - vectors % LinesPerWay + LinesPerWay) % LinesPerWay;
    }
}
