using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Memory;

namespace SparseKernels.Passes.Dense;

/// <summary>
/// The offset tables of one phase: where each output pixel of a full work item has its input and its output, and where the taps
/// of each channel block of a chunk lie from there. Fewer images, rows or blocks use a prefix.
/// </summary>
internal sealed unsafe class TapTables : IDisposable
{
    private readonly IntBuffer _buffer;
    private readonly int[] _fullRuns;
    private readonly int[] _tailRuns;

    public TapTables(TapGeometry g, TapTiling t, TapPhase phase, int outImageStep)
    {
        Phase = phase;
        var rows = Math.Min(t.BandRows, phase.Rows);
        PixelsPerRow = phase.Columns;
        Pixels = t.ImagesPerBlock * rows * phase.Columns;
        var taps = t.ChunkBlocks * phase.Taps.Length;
        _buffer = new IntBuffer(checked(2L * Pixels + 4L * taps));
        XOffsets = _buffer.Pointer;
        YOffsets = XOffsets + Pixels;
        FullTaps = YOffsets + Pixels;
        TailTaps = FullTaps + 2 * taps;
        _fullRuns = new int[t.ChunkBlocks + 1];
        _tailRuns = new int[t.ChunkBlocks + 1];
        FillPixels(g, t, rows, outImageStep);
        FillTaps(g, t);
    }

    public TapPhase Phase { get; }

    public int Pixels { get; }

    public int PixelsPerRow { get; }

    /// <summary>For each pixel (image, row, column): the floats from the item's packed input to the pixel's.</summary>
    public int* XOffsets { get; }

    /// <summary>For each pixel: the floats from the item's first output pixel to this one's.</summary>
    public int* YOffsets { get; }

    /// <summary>For a chunk of full blocks: runs of weights as pairs (offset from the pixel's input, length).</summary>
    public int* FullTaps { get; }

    /// <summary>The same for the last chunk, whose last block may have fewer channels.</summary>
    public int* TailTaps { get; }

    /// <summary>Runs of the first blocks of a chunk.</summary>
    public int Runs(int blocks, bool lastChunk) => lastChunk ? _tailRuns[blocks] : _fullRuns[blocks];

    public void Dispose() => _buffer.Dispose();

    private void FillPixels(TapGeometry g, TapTiling t, int rows, int outImageStep)
    {
        var pixel = 0;
        for (var image = 0; image < t.ImagesPerBlock; image++)
        {
            for (var i = 0; i < rows; i++)
            {
                for (var j = 0; j < Phase.Columns; j++, pixel++)
                {
                    XOffsets[pixel] = image * t.PackedImage + (i * g.InStepH * t.PackedColumns + j * g.InStepW) * t.Lanes;
                    YOffsets[pixel] = image * outImageStep +
                        ((Phase.StartH + i * g.OutStepH) * g.OutW + Phase.StartW + j * g.OutStepW) * LaneBlock.Size;
                }
            }
        }
    }

    /// <summary>
    /// Taps whose channels follow one another in the packed input (neighbours along a filter row) become one run, in both tables
    /// in the same order, which is the order of the packed weights.
    /// </summary>
    private void FillTaps(TapGeometry g, TapTiling t)
    {
        var blocks = LaneBlock.Count(g.InC);
        var blocksInLastChunk = blocks - (blocks - 1) / t.ChunkBlocks * t.ChunkBlocks;
        var tail = g.InC - (blocks - 1) * LaneBlock.Size;
        for (var block = 0; block < t.ChunkBlocks; block++)
        {
            _fullRuns[block + 1] = AddRuns(g, t, FullTaps, _fullRuns[block], block, t.Lanes);
            _tailRuns[block + 1] = AddRuns(g, t, TailTaps, _tailRuns[block], block, block == blocksInLastChunk - 1 ? tail : t.Lanes);
        }
    }

    private int AddRuns(TapGeometry g, TapTiling t, int* table, int runs, int block, int channels)
    {
        var firstOfBlock = runs;
        foreach (var tap in Phase.Taps)
        {
            var offset = block * t.PackedPlane + ((tap.Dh - g.MinDh) * t.PackedColumns + tap.Dw - g.MinDw) * t.Lanes;
            if (runs > firstOfBlock && table[2 * runs - 2] + table[2 * runs - 1] == offset)
            {
                table[2 * runs - 1] += channels;
                continue;
            }

            table[2 * runs] = offset;
            table[2 * runs + 1] = channels;
            runs++;
        }

        return runs;
    }
}
