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
                Assert.Single(PassCatalogue.Cells, cell => cell.Pass == pass && cell.Fine == pair.Fine && cell.Coarse == pair.Coarse);
        }

        Assert.Equal(Enum.GetValues<ConvolutionPass>().Length * OperandPair.All.Count, PassCatalogue.Cells.Count);
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
                ? (PassWay?)PassCatalogue.Find(shape, pair).Way
                : PassCatalogue.Find(TapGeometry.Of(pass, shape), pair, InstructionSetKind.Scalar, threads: 1).Way;
            Assert.Equal(name, way?.Name);
        }
    }

    [Fact]
    public static void Find_Depthwise_SaysWhyDense()
    {
        var shape = new ConvolutionShape(2, 16, 6, 6, 16, 3, 3, padding: 1, groups: 16);
        foreach (var pair in OperandPair.All)
        {
            Assert.StartsWith(
                "depthwise", PassCatalogue.Find(TapGeometry.Forward(shape), pair, InstructionSetKind.Scalar, threads: 1).WhyDense);
            Assert.StartsWith("depthwise", PassCatalogue.Find(shape, pair).WhyDense);
        }

        Assert.Equal("depthwise", PassCatalogue.DenseOf(TapGeometry.Forward(shape)).Name);
        Assert.Equal("depthwise", PassCatalogue.DenseOf(shape).Name);
    }
}
