using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.WeightFine;

/// <summary>Packs the input of a work item whose lanes are 16 images.</summary>
internal static unsafe class BatchPanelPacker
{
    private const int Block = LaneBlock.Size;

    /// <summary>Floats of the room that <see cref="Pack"/> needs beside the panel.</summary>
    public static long StageLength(SlotPanel panel) => (long)panel.Geometry.InW * Block;

    /// <summary>
    /// Packs a group's channels for the output rows from <paramref name="row"/> on. Whatever lies outside the images is zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(SlotPanel panel, in ImageView input, int image, int group, int row, float* packed, float* stage)
    {
        var g = panel.Geometry;
        for (var block = 0; block < panel.ImageBlocks; block++)
        {
            var n = image + block * Block;
            var images = Math.Clamp(g.Shape.N - n, 0, Block);
            for (var done = 0; done < g.InC;)
            {
                // A block's rows follow one another in memory, its neighbour's don't: so each block is read from end to end.
                var c = group * g.InC + done;
                var channels = input.Blocked ? Math.Min(g.InC - done, Block - c % Block) : 1;
                PackChannels(panel, in input, n, images, c, channels, row, packed + (nint)done * panel.ChannelStep + block * Block, stage);
                done += channels;
            }
        }
    }

    private static void PackChannels(
        SlotPanel panel, in ImageView input, int n, int images, int c, int channels, int row, float* to, float* stage)
    {
        var g = panel.Geometry;
        var wholeRows = panel.PackedSlots == g.InW && panel.SlotColumns == 1 && panel.ColumnResidues is [0] && g.MinDw == 0 && g.InStepH == 1;
        for (var i = 0; i < panel.RowResidues.Length; i++)
        {
            var plane = to + (nint)i * panel.ColumnResidues.Length * panel.ResidueStep;
            for (var r = 0; r < panel.PackedRows;)
            {
                var h = (row + r) * g.InStepH + panel.RowResidues[i] + g.MinDh;
                var rows = 1;
                if (images == 0 || h < 0 || h >= g.InH)
                {
                    for (var j = 0; j < panel.ColumnResidues.Length; j++) Clear(
                        panel, plane + (nint)j * panel.ResidueStep, channels, 0, panel.PackedSlots);
                }
                else
                {
                    if (wholeRows) rows = Math.Min(panel.PackedRows - r, g.InH - h);
                    PackRows(panel, in input, n, images, c, channels, h, rows, plane, stage);
                }

                plane += rows * panel.RowStep;
                r += rows;
            }
        }
    }

    /// <summary>Packs one row, or several whole ones where those follow one another in the panel too.</summary>
    private static void PackRows(
        SlotPanel panel, in ImageView input, int n, int images, int c, int channels, int h, int rows, float* plane, float* stage)
    {
        var g = panel.Geometry;
        for (var j = 0; j < panel.ColumnResidues.Length; j++, plane += panel.ResidueStep)
        {
            var w = panel.ColumnResidues[j] + g.MinDw;
            var first = Math.Clamp((-w + g.InStepW - 1) / g.InStepW, 0, panel.PackedSlots);
            var last = Math.Clamp((g.InW - w + g.InStepW - 1) / g.InStepW, first, panel.PackedSlots);
            Clear(panel, plane, channels, 0, first);
            Clear(panel, plane, channels, last, panel.PackedSlots);
            if (first == last) continue;
            var slots = (last - first) * rows;
            var to = plane + (nint)first * panel.SlotStep;
            var from = input.Row(n, c, h) + (nint)(w + first * g.InStepW) * input.PixelStep;
            if (input.Blocked)
                Transpose.PlanesToLanes(
                    from, input.ImageStep, images, channels, g.InStepW * Block, to, Block, panel.ChannelStep, panel.SlotStep, slots);
            else if (g.InStepW == 1)
                Transpose.PlanesToLanes(from, input.ImageStep, images, slots, to, Block, panel.SlotStep);
            else
                PackStrided(panel, from, input.ImageStep, images, slots, to, stage);
        }
    }

    private static void PackStrided(SlotPanel panel, float* from, nint imageStep, int images, int slots, float* to, float* stage)
    {
        var step = panel.Geometry.InStepW;
        Transpose.PlanesToLanes(from, imageStep, images, (slots - 1) * step + 1, stage, Block, Block);
        for (var slot = 0; slot < slots; slot++)
            new ReadOnlySpan<float>(stage + (nint)slot * step * Block, Block).CopyTo(
                new Span<float>(to + (nint)slot * panel.SlotStep, Block));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Clear(SlotPanel panel, float* row, int channels, int first, int last)
    {
        for (var c = 0; c < channels; c++, row += panel.ChannelStep)
        {
            for (var slot = first; slot < last; slot++) new Span<float>(row + (nint)slot * panel.SlotStep, Block).Clear();
        }
    }
}
