using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Packing;

namespace SparseKernels.Passes.DataFine;

/// <summary>Where a work item of a <see cref="DataFinePass"/> keeps its lists, packed input and sums, in one worker's scratch.</summary>
internal readonly unsafe struct DataFineScratch
{
    private const int Block = LaneBlock.Size;

    public DataFineScratch(float* start, TapGeometry g, DataFineTiling t)
    {
        Offsets = (int*)start;
        Values = start + Entries(t);
        Starts = (int*)(Values + Entries(t));
        Input = (float*)Starts + StartsLength(t);
        Output = Input + InputLength(t);
    }

    public int* Offsets { get; }

    public float* Values { get; }

    public int* Starts { get; }

    /// <summary>One image's rows of one chunk: <c>[block][row][column][16]</c>.</summary>
    public float* Input { get; }

    public float* Output { get; }

    /// <summary>Floats of it all.</summary>
    public static long Length(TapGeometry g, DataFineTiling t) =>
        2 * Entries(t) + StartsLength(t) + InputLength(t) + (long)t.ImagesPerItem * t.OutRows * g.OutW * t.OutLanes;

    private static long Entries(DataFineTiling t) =>
        Round((long)t.ImagesPerItem * t.PackedRows * t.PackedColumns * t.ChunkChannels + NonZeroEntries.Slack);

    private static long StartsLength(DataFineTiling t) => Round((long)t.ImagesPerItem * t.PackedRows * (t.PackedColumns + 1));

    private static long InputLength(DataFineTiling t) => (long)t.PackedRows * t.PackedColumns * t.MostBlocks * Block;

    private static long Round(long length) => (length + Block - 1) / Block * Block;
}
