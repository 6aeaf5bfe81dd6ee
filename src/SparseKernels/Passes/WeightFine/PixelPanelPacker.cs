using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.WeightFine;

/// <summary>
/// Packs the input of a work item whose lanes are output pixels: once for each residue of the taps' columns, so that every load is
/// aligned. A block of channels of one image first goes to zero-padded planes, from which all copies are whole pieces.
/// </summary>
internal static unsafe class PixelPanelPacker
{
    private const int Block = LaneBlock.Size;

    /// <summary>Floats of the room that <see cref="Pack"/> needs beside the panel.</summary>
    public static long StageLength(SlotPanel panel) => (long)Block * StageRows(panel) * StageColumns(panel);

    /// <summary>
    /// Packs a group's channels for the output rows from <paramref name="row"/> on. Whatever lies outside the images is zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(SlotPanel panel, in ImageView input, int image, int group, int row, float* packed, float* stage)
    {
        var g = panel.Geometry;
        for (var done = 0; done < g.InC;)
        {
            var c = group * g.InC + done;
            var channels = Math.Min(g.InC - done, Block - c % Block);
            for (var lane = 0; lane < panel.Lanes.Images; lane++)
            {
                Stage(panel, in input, image + lane, c, channels, row * g.InStepH + g.MinDh, stage);
                for (var i = 0; i < channels; i++)
                    PackChannel(panel, stage + (nint)i * StageRows(panel) * StageColumns(panel), lane, packed + (nint)(done + i) * panel.ChannelStep);
            }

            done += channels;
        }
    }

    private static int StageRows(SlotPanel panel) =>
        ((panel.Lanes.Bands - 1) * panel.Rows + panel.PackedRows - 1) * panel.Geometry.InStepH + panel.RowResidues.DefaultIfEmpty().Max() + 1;

    private static int StageColumns(SlotPanel panel) =>
        (panel.PackedSlots * panel.Lanes.Columns - 1) * panel.Geometry.InStepW + panel.ColumnResidues.DefaultIfEmpty().Max() + 1;

    private static void Stage(SlotPanel panel, in ImageView input, int n, int c, int channels, int h, float* stage)
    {
        var g = panel.Geometry;
        var (rows, columns) = (StageRows(panel), StageColumns(panel));
        new Span<float>(stage, channels * rows * columns).Clear();
        if (n >= g.Shape.N) return;
        var left = Math.Clamp(-g.MinDw, 0, columns);
        var first = Math.Max(g.MinDw, 0);
        var inside = Math.Clamp(g.InW - first, 0, columns - left);
        for (var i = Math.Max(0, -h); i < Math.Min(rows, g.InH - h); i++)
        {
            var to = stage + (nint)i * columns + left;
            var from = input.Row(n, c, h + i) + (nint)first * input.PixelStep;
            if (input.Blocked)
            {
                Transpose.LanesToPlanes(from, inside, to, (nint)rows * columns, channels);
                continue;
            }

            for (var channel = 0; channel < channels; channel++)
                new ReadOnlySpan<float>(from + (nint)channel * g.InH * g.InW, inside).CopyTo(
                    new Span<float>(to + (nint)channel * rows * columns, inside));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackChannel(SlotPanel panel, float* stage, int image, float* channel)
    {
        var g = panel.Geometry;
        var columns = StageColumns(panel);
        foreach (var rowResidue in panel.RowResidues)
        {
            foreach (var columnResidue in panel.ColumnResidues)
            {
                for (var band = 0; band < panel.Lanes.Bands; band++)
                {
                    var to = channel + panel.Lanes.Lane(image, band);
                    for (var r = 0; r < panel.PackedRows; r++, to += panel.RowStep)
                    {
                        var from = stage + (nint)((band * panel.Rows + r) * g.InStepH + rowResidue) * columns + columnResidue;
                        CopySlots(from, panel.SlotColumns, g.InStepW, to, panel.PackedSlots, panel.Lanes.Columns);
                    }
                }

                channel += panel.ResidueStep;
            }
        }
    }

    /// <summary>Copies slots of neighbouring output columns' inputs to 16 floats apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopySlots(float* from, int fromStep, int columnStep, float* to, int slots, int columns)
    {
        for (var slot = 0; slot < slots; slot++, from += fromStep, to += Block)
        {
            if (columnStep > 1)
            {
                for (var i = 0; i < columns; i++) to[i] = from[i * columnStep];
                continue;
            }

            var done = 0;
            for (; done + Vector256<float>.Count <= columns; done += Vector256<float>.Count) Vector256.Load(from + done).Store(to + done);
            for (; done + Vector128<float>.Count <= columns; done += Vector128<float>.Count) Vector128.Load(from + done).Store(to + done);
            for (; done < columns; done++) to[done] = from[done];
        }
    }
}
