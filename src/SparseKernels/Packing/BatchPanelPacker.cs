using System.Runtime.CompilerServices;

namespace SparseKernels.Packing;

/// <summary>Packs the input of a work item whose lanes are 16 images.</summary>
internal static unsafe class BatchPanelPacker
{
    private const int Block = BlockedTensor.Block;

    /// <summary>Floats of the room that <see cref="Pack"/> needs beside the panel.</summary>
    public static long StageLength(SlotPanel panel) => (long)panel.Geometry.InW * Block;

    /// <summary>Packs a group's channels for the output rows from <paramref name="row"/> on. Whatever lies outside the images is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(SlotPanel panel, in ImageView input, int image, int group, int row, float* packed, float* stage)
    {
        var g = panel.Geometry;
        for (var block = 0; block < panel.ImageBlocks; block++)
        {
            var images = Math.Clamp(g.Shape.N - image - block * Block, 0, Block);
            for (var i = 0; i < panel.RowResidues.Length; i++)
            {
                var plane = packed + (nint)i * panel.ColumnResidues.Length * panel.ResidueStep + block * Block;
                for (var r = 0; r < panel.PackedRows; r++, plane += panel.RowStep)
                {
                    var h = (row + r) * g.InStepH + panel.RowResidues[i] + g.MinDh;
                    if (images == 0 || h < 0 || h >= g.InH) ClearRow(panel, plane);
                    else PackRow(panel, in input, image + block * Block, images, group * g.InC, h, plane, stage);
                }
            }
        }
    }

    private static void PackRow(SlotPanel panel, in ImageView input, int n, int images, int c, int h, float* plane, float* stage)
    {
        var g = panel.Geometry;
        for (var j = 0; j < panel.ColumnResidues.Length; j++, plane += panel.ResidueStep)
        {
            var w = panel.ColumnResidues[j] + g.MinDw;
            var first = Math.Clamp((-w + g.InStepW - 1) / g.InStepW, 0, panel.PackedSlots);
            var last = Math.Clamp((g.InW - w + g.InStepW - 1) / g.InStepW, first, panel.PackedSlots);
            Clear(panel, plane, 0, first);
            Clear(panel, plane, last, panel.PackedSlots);
            if (first == last) continue;
            w += first * g.InStepW;
            var to = plane + (nint)first * panel.SlotStep;
            if (input.Blocked) PackBlocked(panel, in input, n, images, c, h, w, last - first, to);
            else PackPlain(panel, in input, n, images, c, h, w, last - first, to, stage);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackBlocked(SlotPanel panel, in ImageView input, int n, int images, int c, int h, int w, int slots, float* to)
    {
        var g = panel.Geometry;
        var step = (nint)g.InStepW * Block;
        for (var done = 0; done < g.InC;)
        {
            var channels = Math.Min(g.InC - done, Block - (c + done) % Block);
            var from = input.Row(n, c + done, h) + (nint)w * Block;
            var destination = to + (nint)done * panel.ChannelStep;
            for (var slot = 0; slot < slots; slot++, from += step, destination += panel.SlotStep)
            {
                Transpose.PlanesToLanes(from, input.ImageStep, images, channels, destination, Block, panel.ChannelStep);
            }

            done += channels;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPlain(SlotPanel panel, in ImageView input, int n, int images, int c, int h, int w, int slots, float* to, float* stage)
    {
        var g = panel.Geometry;
        for (var i = 0; i < g.InC; i++, to += panel.ChannelStep)
        {
            var from = input.Row(n, c + i, h) + w;
            if (g.InStepW == 1)
            {
                Transpose.PlanesToLanes(from, input.ImageStep, images, slots, to, Block, panel.SlotStep);
                continue;
            }

            Transpose.PlanesToLanes(from, input.ImageStep, images, (slots - 1) * g.InStepW + 1, stage, Block, Block);
            for (var slot = 0; slot < slots; slot++)
                new ReadOnlySpan<float>(stage + (nint)slot * g.InStepW * Block, Block).CopyTo(new Span<float>(to + (nint)slot * panel.SlotStep, Block));
        }
    }

    private static void ClearRow(SlotPanel panel, float* plane)
    {
        for (var j = 0; j < panel.ColumnResidues.Length; j++) Clear(panel, plane + (nint)j * panel.ResidueStep, 0, panel.PackedSlots);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Clear(SlotPanel panel, float* row, int first, int last)
    {
        if (first == last) return;
        for (var c = 0; c < panel.Geometry.InC; c++, row += panel.ChannelStep)
        {
            for (var slot = first; slot < last; slot++) new Span<float>(row + (nint)slot * panel.SlotStep, Block).Clear();
        }
    }
}
