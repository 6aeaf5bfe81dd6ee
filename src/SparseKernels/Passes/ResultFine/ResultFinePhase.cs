using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Memory;

namespace SparseKernels.Passes.ResultFine;

/// <summary>
/// One phase of a masked-result pass: its taps as runs, and the tables that kernels and mask walk.
/// </summary>
internal sealed unsafe class ResultFinePhase : IDisposable
{
    private const int Block = LaneBlock.Size;

    private readonly IntBuffer _buffer;

    public ResultFinePhase(TapPhase phase, TapRun[] runs, ResultFineTiling t, int tapsBefore)
    {
        Grid = phase;
        TapsBefore = tapsBefore;
        Runs = runs;
        Taps = runs.SelectMany(run => run.Taps).ToArray();
        _buffer = new IntBuffer(3L * t.PaddedPixels + 3L * Runs.Length);
        XOffsets = _buffer.Pointer;
        YPlain = XOffsets + t.PaddedPixels;
        YBlocked = YPlain + t.PaddedPixels;
        Triples = YBlocked + t.PaddedPixels;
        FillPixels(t);
        FillTriples(t);
    }

    public TapPhase Grid { get; }

    /// <summary>Taps of the phases before.</summary>
    public int TapsBefore { get; }

    /// <summary>The taps in runs: neighbouring ones lie one behind the other in a packed row.</summary>
    public TapRun[] Runs { get; }

    /// <summary>The taps of the runs, in the order of the packed weights.</summary>
    public Tap[] Taps { get; }

    /// <summary>For each pixel (image, row, column) of a unit: the floats from the unit's packed input to the pixel's.</summary>
    public int* XOffsets { get; }

    /// <summary>For each pixel: the floats from its channel's first in the unit's output rows, plain.</summary>
    public int* YPlain { get; }

    /// <summary>The same, channel-blocked.</summary>
    public int* YBlocked { get; }

    /// <summary>
    /// The runs of a chunk as the kernel reads them, all channel blocks: (offset from the pixel's input, offset in the output channel's
    /// weights, length).
    /// </summary>
    public int* Triples { get; }

    public void Dispose() => _buffer.Dispose();

    private void FillPixels(ResultFineTiling t)
    {
        var g = t.Geometry;
        var pixel = 0;
        for (var image = 0; image < t.ImagesPerUnit; image++)
        {
            for (var i = 0; i < Math.Min(t.BandRows, Grid.Rows); i++)
            {
                for (var j = 0; j < t.StripColumns; j++, pixel++)
                {
                    var y = (Grid.StartH + i * g.OutStepH) * g.OutW + Grid.StartW + j * g.OutStepW;
                    XOffsets[pixel] = image * t.PackedImage + (i * g.InStepH * t.WindowColumns + j * g.InStepW) * t.PixelStep;
                    YPlain[pixel] = checked(image * g.OutTotal * g.OutH * g.OutW + y);
                    YBlocked[pixel] = checked((image * LaneBlock.Count(g.OutTotal) * g.OutH * g.OutW + y) * Block);
                }
            }
        }
    }

    private void FillTriples(ResultFineTiling t)
    {
        var triple = Triples;
        var tap = 0;
        foreach (var run in Runs)
        {
            *triple++ = ((run.Dh - t.Geometry.MinDh) * t.WindowColumns + run.Dw - t.Geometry.MinDw) * t.PixelStep;
            *triple++ = tap * t.PixelStep;
            *triple++ = run.Taps.Length * t.PixelStep;
            tap += run.Taps.Length;
        }
    }
}
