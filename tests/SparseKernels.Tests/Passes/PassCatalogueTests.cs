using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes;
using SparseKernels.Passes.Frame;
using Xunit;

namespace SparseKernels.Tests.Passes;

public static class PassCatalogueTests
{
    [Fact]
    public static void Cells_EveryPassAndPair_AreThereOnce()
    {
        foreach (var pass in Enum.GetValues<ConvolutionPass>())
        {
            foreach (var pair in OperandPair.All)
            {
                Assert.Single(PassCatalogue.Cells, cell => cell.Layout == BlockedLayout.ChannelBlocked && IsOf(cell, pass, pair));

                // Batch-blocked, a broadcast weight meets 16 images: no other operand's zeros can be skipped one by one.
                Assert.Equal(
                    pair.Fine == Operand.Weight ? 1 : 0,
                    PassCatalogue.Cells.Count(cell => cell.Layout == BlockedLayout.BatchBlocked && IsOf(cell, pass, pair)));

                // Planar, it meets 16 pixels.
                Assert.Equal(
                    pair.Fine == Operand.Weight && pass != ConvolutionPass.BackwardWeights ? 1 : 0,
                    PassCatalogue.Cells.Count(cell => cell.Layout == BlockedLayout.Planar && IsOf(cell, pass, pair)));
            }
        }

        static bool IsOf(PassCell cell, ConvolutionPass pass, OperandPair pair) =>
            cell.Pass == pass && cell.Fine == pair.Fine && cell.Coarse == pair.Coarse;
    }

    [Fact]
    public static void Rows_All_HaveEachAtItsIndexWithTermsThatEndInTheCall()
    {
        for (var i = 0; i < PassCatalogue.Rows.Count; i++)
        {
            var row = PassCatalogue.Rows[i];
            Assert.Equal(i, row.Index);
            Assert.Same(row, PassCatalogue.RowOf(row.Pass, row.Way));
            Assert.InRange(row.Way.TermNames.Count, 2, CostTerms.Most);
            Assert.Equal(row.Way.TermNames.Count, row.Way.TermNames.Distinct().Count());
            Assert.Equal("call", row.Way.TermNames[^1]);
        }

        Assert.Equal(PassCatalogue.Rows.Count, PassCatalogue.Rows.Select(row => row.ToString()).Distinct().Count());
    }

    [Theory]
    [InlineData(ConvolutionPass.Forward, Operand.Input, "datafine")]
    [InlineData(ConvolutionPass.Forward, Operand.Weight, "weightfine")]
    [InlineData(ConvolutionPass.Forward, Operand.Output, "resultfine")]
    [InlineData(ConvolutionPass.BackwardData, Operand.Input, "resultfine")]
    [InlineData(ConvolutionPass.BackwardData, Operand.Weight, "weightfine")]
    [InlineData(ConvolutionPass.BackwardData, Operand.Output, "datafine")]
    [InlineData(ConvolutionPass.BackwardWeights, Operand.Input, "inputfine")]
    [InlineData(ConvolutionPass.BackwardWeights, Operand.Weight, "maskfine")]
    [InlineData(ConvolutionPass.BackwardWeights, Operand.Output, "outputfine")]
    public static void Find_EachPassAndFineSide_IsTheWayOfThatName(ConvolutionPass pass, Operand fine, string name)
    {
        var shape = new ConvolutionShape(2, 32, 6, 6, 32, 3, 3, padding: 1);
        foreach (var pair in OperandPair.All.Where(pair => pair.Fine == fine))
        {
            var way = pass == ConvolutionPass.BackwardWeights
                ? (PassWay?)PassCatalogue.Find(shape, pair, BlockedLayout.ChannelBlocked).Way
                : PassCatalogue.Find(TapGeometry.Of(pass, shape), pair, BlockedLayout.ChannelBlocked, InstructionSetKind.Scalar, threads: 1).Way;
            Assert.Equal(name, way?.Name);
        }
    }

    [Fact]
    public static void Find_BatchBlocked_ServesWeightsAloneDepthwiseToo()
    {
        foreach (var groups in (int[])[1, 16])
        {
            var shape = new ConvolutionShape(2, 16, 6, 6, 16, 3, 3, padding: 1, groups: groups);
            foreach (var pair in OperandPair.All)
            {
                foreach (var pass in (ConvolutionPass[])[ConvolutionPass.Forward, ConvolutionPass.BackwardData])
                {
                    var geometry = TapGeometry.Of(pass, shape, BlockedLayout.BatchBlocked);
                    Check(pair, PassCatalogue.Find(geometry, pair, BlockedLayout.BatchBlocked, InstructionSetKind.Scalar, threads: 1), "batchweightfine");
                    Assert.Equal("batchdense", PassCatalogue.DenseOf(geometry, BlockedLayout.BatchBlocked).Name);
                }

                Check(pair, PassCatalogue.Find(shape, pair, BlockedLayout.BatchBlocked), "batchmaskfine");
                Assert.Equal("batchdense", PassCatalogue.DenseOf(shape, BlockedLayout.BatchBlocked).Name);
            }
        }

        static void Check<TWay>(OperandPair pair, (TWay? Way, string? WhyDense) found, string name)
            where TWay : PassWay
        {
            if (pair.Fine == Operand.Weight) Assert.Equal((name, null), (found.Way?.Name, found.WhyDense));
            else Assert.StartsWith("batch-blocked", found.WhyDense);
        }
    }

    [Fact]
    public static void Find_Depthwise_SaysWhyDense()
    {
        var shape = new ConvolutionShape(2, 16, 6, 6, 16, 3, 3, padding: 1, groups: 16);
        foreach (var pair in OperandPair.All)
        {
            Assert.StartsWith(
                "depthwise", PassCatalogue.Find(TapGeometry.Forward(shape), pair, BlockedLayout.ChannelBlocked, InstructionSetKind.Scalar, threads: 1).WhyDense);
            Assert.StartsWith("depthwise", PassCatalogue.Find(shape, pair, BlockedLayout.ChannelBlocked).WhyDense);
        }

        Assert.Equal("depthwise", PassCatalogue.DenseOf(TapGeometry.Forward(shape), BlockedLayout.ChannelBlocked).Name);
        Assert.Equal("depthwise", PassCatalogue.DenseOf(shape, BlockedLayout.ChannelBlocked).Name);
    }
}
