using SparseKernels.Bench.Layers;
using SparseKernels.Bench.Sparsity;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.DataFine;
using SparseKernels.Passes.GradientDataFine;
using Xunit;

namespace SparseKernels.Bench.Tests.Sparsity;

public sealed class ItemWorkTests
{
    private static readonly ConvolutionShape s_shape = new(6, 40, 9, 7, 100, 1, 1);

    [Theory]
    [InlineData(ConvolutionPass.Forward)]
    [InlineData(ConvolutionPass.BackwardData)]
    [InlineData(ConvolutionPass.BackwardWeights)]
    public void Of_APointwiseLayer_CountsEachNonZeroOncePerPanel(ConvolutionPass pass)
    {
        var random = new Random(1);
        var (x, dy) = (Draw(s_shape.InputLength), Draw(s_shape.OutputLength));
        foreach (var threads in (int[])[1, 4, 64])
        {
            var work = ItemWork.Of(new CapturedLayer("", s_shape, x, dy, x), pass, InstructionSetKind.Avx2, threads);
            var panels = pass switch
            {
                ConvolutionPass.Forward => new DataFineTiling(TapGeometry.Forward(s_shape), InstructionSetKind.Avx2, threads).Panels.Length,
                ConvolutionPass.BackwardData =>
                    new DataFineTiling(TapGeometry.BackwardData(s_shape), InstructionSetKind.Avx2, threads).Panels.Length,
                _ => new GradientDataFineTiling(TapGeometry.BackwardData(s_shape), InstructionSetKind.Avx2, single: false, threads).Joint.Length,
            };
            Assert.Equal((pass == ConvolutionPass.BackwardData ? dy : x).Count(bit => bit) * (long)panels, work.Sum());
        }

        bool[] Draw(int length) => [.. Enumerable.Range(0, length).Select(_ => random.Next(3) == 0)];
    }

    [Fact]
    public void Of_OneLiveImage_LeavesTheOthersItemsWithoutWork()
    {
        var shape = new ConvolutionShape(4, 16, 32, 32, 16, 3, 3, padding: 1);
        var x = Enumerable.Range(0, shape.InputLength).Select(i => i / (shape.InputLength / 4) == 2).ToArray();
        var t = new DataFineTiling(TapGeometry.Forward(shape), InstructionSetKind.Avx2, threads: 4);
        var work = ItemWork.Of(new CapturedLayer("", shape, x, [], x), ConvolutionPass.Forward, InstructionSetKind.Avx2, threads: 4);
        Assert.Equal(t.Items, work.Length);
        for (var item = 0; item < work.Length; item++)
            Assert.Equal(item / t.PanelGroups / t.Bands % t.ImageBlocks == 2 / t.ImagesPerItem, work[item] > 0);
    }
}
