using SparseKernels.Isa;
using SparseKernels.Passes.Lists;

namespace SparseKernels.Passes.ResultFine;

/// <summary>How one worker's scratch memory of a masked-result pass is divided.</summary>
internal readonly unsafe struct ResultFineScratch
{
    private const int Block = LaneBlock.Size;

    /// <summary>The packed windows of one chunk, unit after unit.</summary>
    public readonly float* Packed;

    /// <summary>The sums of 16 output channels' wanted pixels, channel after channel.</summary>
    public readonly float* Sums;

    /// <summary>Input offsets of the wanted pixels.</summary>
    public readonly int* XOffsets;

    /// <summary>Output offsets of the wanted pixels, from the unit's first element of the first channel.</summary>
    public readonly int* YOffsets;

    /// <summary>Where each channel's wanted pixels start in the lists, and the lists' end.</summary>
    public readonly int* Starts;

    /// <summary>The wanted pixels as tiles.</summary>
    public readonly RowTiles Tiles;

    /// <summary>The mask's words of a unit's pixels.</summary>
    public readonly ushort* Words;

    /// <summary>16 channels' bitmaps over the unit's pixels.</summary>
    public readonly ushort* Bits;

    /// <summary>The run list of one output channel where some runs are dead.</summary>
    public readonly int* Triples;

    /// <summary>Bitmap of the unit's live runs.</summary>
    public readonly ulong* Live;

    /// <summary>Non-zero for each packed row (unit, image, row, channel block) that holds a non-zero.</summary>
    public readonly byte* LiveRows;

    /// <summary>Non-zero for each unit all of whose packed rows are live.</summary>
    public readonly byte* AllRowsLive;

    private readonly float* _end;

    public ResultFineScratch(float* start, ResultFineTiling t, int mostTaps, int liveWords)
    {
        var listed = (long)Block * t.PaddedPixels + WantedPixels.Slack;
        var next = start;
        Packed = Take(ref next, t.PackedLength);
        Sums = Take(ref next, listed);
        XOffsets = (int*)Take(ref next, listed);
        YOffsets = (int*)Take(ref next, listed);
        Starts = (int*)Take(ref next, Block + 1);
        Tiles = new RowTiles((int*)Take(ref next, RowTiles.Length(Block, t.PaddedPixels)), Block, t.PaddedPixels);
        Words = (ushort*)Take(ref next, t.PaddedPixels / 2);
        Bits = (ushort*)Take(ref next, t.PaddedPixels / 2);
        Triples = (int*)Take(ref next, 3L * mostTaps * t.ChunkBlocks);
        Live = (ulong*)Take(ref next, 2L * liveWords);
        LiveRows = (byte*)Take(ref next, ((long)t.UnitsPerItem * t.ImagesPerUnit * t.WindowRows * t.ChunkBlocks + 3) / 4);
        AllRowsLive = (byte*)Take(ref next, (t.UnitsPerItem + 3L) / 4);
        _end = next;
    }

    /// <summary>Floats of it all.</summary>
    public static long Length(ResultFineTiling t, int mostTaps, int liveWords) =>
        new ResultFineScratch(null, t, mostTaps, liveWords)._end - (float*)null;

    private static float* Take(ref float* next, long length)
    {
        var taken = next;
        next += (length + Block - 1) / Block * Block;
        return taken;
    }
}
