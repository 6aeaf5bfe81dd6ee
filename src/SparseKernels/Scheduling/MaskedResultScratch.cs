namespace SparseKernels.Scheduling;

/// <summary>How one worker's scratch memory of a masked-result pass is divided.</summary>
internal readonly unsafe struct MaskedResultScratch
{
    private const int Block = BlockedTensor.Block;

    /// <summary>Pixels whose bits a scan takes at a time.</summary>
    public const int PixelsPerWord = 64;

    /// <summary>The packed input.</summary>
    public readonly float* Packed;

    /// <summary>The sums of one output channel's wanted pixels.</summary>
    public readonly float* Sums;

    /// <summary>Input offsets of the wanted pixels.</summary>
    public readonly int* XOffsets;

    /// <summary>Output offsets of the wanted pixels.</summary>
    public readonly int* YOffsets;

    /// <summary>The mask's words of a unit's pixels.</summary>
    public readonly ushort* Words;

    /// <summary>16 channels' bitmaps over the unit's pixels.</summary>
    public readonly ushort* Bits;

    /// <summary>The run list of one output channel where some runs are dead.</summary>
    public readonly int* Triples;

    /// <summary>Bitmap of the unit's live runs.</summary>
    public readonly ulong* Live;

    /// <summary>Non-zero for each packed row (image, channel block, row) that holds a non-zero.</summary>
    public readonly byte* LiveRows;

    private readonly float* _end;

    public MaskedResultScratch(float* start, MaskedResultTiling t, int runs, int liveWords)
    {
        var pixels = Padded(t);
        var next = start;
        Packed = Take(ref next, t.PackedLength);
        Sums = Take(ref next, pixels);
        XOffsets = (int*)Take(ref next, pixels);
        YOffsets = (int*)Take(ref next, pixels);
        Words = (ushort*)Take(ref next, pixels / 2);
        Bits = (ushort*)Take(ref next, pixels / 2);
        Triples = (int*)Take(ref next, 3L * runs);
        Live = (ulong*)Take(ref next, 2L * liveWords);
        LiveRows = (byte*)Take(ref next, ((long)t.ImagesPerItem * t.ChunkBlocks * t.PackedRows + 3) / 4);
        _end = next;
    }

    /// <summary>Floats of it all.</summary>
    public static long Length(MaskedResultTiling t, int runs, int liveWords) => new MaskedResultScratch(null, t, runs, liveWords)._end - (float*)null;

    private static int Padded(MaskedResultTiling t) => checked(t.UnitPixels + PixelsPerWord - 1) / PixelsPerWord * PixelsPerWord;

    private static float* Take(ref float* next, long length)
    {
        var taken = next;
        next += (length + Block - 1) / Block * Block;
        return taken;
    }
}
