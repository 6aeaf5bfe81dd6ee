using SparseKernels.Bench.Layers;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.DataFine;
using SparseKernels.Passes.GradientDataFine;
using SparseKernels.Tensors;

namespace SparseKernels.Bench.Sparsity;

/// <summary>
/// What each work item of a sparse pass has to multiply where it skips captured zeros one by one: the non-zeros that it reads, times its
/// panels.
/// Items come in the drivers' own order and size.
/// </summary>
internal static class ItemWork
{
    /// <summary>Counts, with x fine in Forward and BackwardWeights, and dy in BackwardData.</summary>
    /// <param name="layer">The captured zeros.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="isa">The kernels' instruction set.</param>
    /// <param name="threads">Threads that share the items.</param>
    public static long[] Of(CapturedLayer layer, ConvolutionPass pass, InstructionSetKind isa, int threads)
    {
        var shape = layer.Shape;
        return pass switch
        {
            ConvolutionPass.Forward =>
                OfData(TapGeometry.Forward(shape), new RowCounts(layer.Input, shape.N, shape.C, shape.H, shape.W), isa, threads),
            ConvolutionPass.BackwardData =>
                OfData(
                    TapGeometry.BackwardData(shape), new RowCounts(layer.OutputGradient, shape.N, shape.K, shape.P, shape.Q), isa, threads),
            _ =>
                OfWeightGradient(
                    TapGeometry.BackwardData(shape), new RowCounts(layer.Input, shape.N, shape.C, shape.H, shape.W), isa, threads),
        };
    }

    private static long[] OfData(TapGeometry g, RowCounts rows, InstructionSetKind isa, int threads)
    {
        var t = new DataFineTiling(g, isa, threads);
        var work = new long[t.Items];
        for (var i = 0; i < work.Length; i++)
        {
            var (panels, rest) = (i % t.PanelGroups, i / t.PanelGroups);
            var (band, image, group) = (rest % t.Bands * t.BandRows, rest / t.Bands % t.ImageBlocks * t.ImagesPerItem, rest / t.Bands / t.ImageBlocks);
            var own = Math.Min(t.PanelsPerGroup, t.Panels.Length - panels * t.PanelsPerGroup);
            var first = band * g.InStepH + g.MinDh;
            work[i] = own * rows.Sum(image, t.ImagesPerItem, group * g.InC, g.InC, first, first + t.PackedRows);
        }

        return work;
    }

    private static long[] OfWeightGradient(TapGeometry g, RowCounts rows, InstructionSetKind isa, int threads)
    {
        var t = new GradientDataFineTiling(g, isa, single: false, threads);
        var work = new long[t.Items];
        for (var i = 0; i < work.Length; i++)
        {
            var (split, rest) = (i % t.Splits, i / t.Splits);
            var (list, panels, group) = (rest % t.ListGroups, rest / t.ListGroups % t.PanelGroups.Length, rest / t.ListGroups / t.PanelGroups.Length);
            var channel = list * t.ListBlocks * BlockedTensor.Block;
            var channels = Math.Min(t.ListBlocks * BlockedTensor.Block, g.OutC - channel);
            for (var block = (int)((long)t.PixelBlocks * split / t.Splits); block < (int)((long)t.PixelBlocks * (split + 1) / t.Splits); block++)
            {
                var first = block % t.Bands * t.BandRows * g.OutStepH;
                var count = rows.Sum(
                    block / t.Bands * t.ImagesPerBlock, t.ImagesPerBlock, group * g.OutC + channel, channels, first,
                    first + t.BandRows * g.OutStepH);
                work[i] += count * t.PanelGroups[panels].Length;
            }
        }

        return work;
    }

    /// <summary>Non-zeros of each row of each channel.</summary>
    private sealed class RowCounts
    {
        private readonly int _n, _c, _h;
        private readonly int[] _counts;

        public RowCounts(bool[] live, int n, int c, int h, int w)
        {
            (_n, _c, _h) = (n, c, h);
            _counts = new int[n * c * h];
            for (var i = 0; i < live.Length; i++) _counts[i / w] += live[i] ? 1 : 0;
        }

        /// <summary>Of some images, channels and rows, those outside the tensor left out.</summary>
        public long Sum(int image, int images, int channel, int channels, int firstRow, int lastRow)
        {
            var sum = 0L;
            for (var n = image; n < Math.Min(image + images, _n); n++)
            {
                for (var c = channel; c < channel + channels; c++)
                {
                    for (var h = Math.Max(firstRow, 0); h < Math.Min(lastRow, _h); h++) sum += _counts[(n * _c + c) * _h + h];
                }
            }

            return sum;
        }
    }
}
