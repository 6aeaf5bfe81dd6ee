using SparseKernels.Bench.Sparsity;
using Xunit;

namespace SparseKernels.Bench.Tests.Sparsity;

public sealed class SparseTargetsTests
{
    private static readonly SparseCell s_cell = new(ConvolutionPass.Forward, new OperandPair(Operand.Input, Operand.Weight));

    [Fact]
    public void For_MultipleAndGain_ScalesTheMultipleAlone()
    {
        var targets = SparseTargets.Parse(
            new StringReader("scale avx2 0.9 # less\nForward InputWeight 0.5 1 2\nForward InputWeight 0.4 0.5 x1.6\n"), "test");

        Assert.Equal(1.8, targets.For(new SparseCase(s_cell, 0.5, 1), "avx2")!.Value, 12);
        Assert.Equal(2, targets.For(new SparseCase(s_cell, 0.5, 1), "avx512")!.Value);
        Assert.Equal(
            new SparseTarget(new SparseCase(s_cell, 0.4, 0.5), 1.6, IsGain: true), targets.For(new SparseCase(s_cell, 0.4, 0.5), "avx2"));
        Assert.Null(targets.For(new SparseCase(s_cell, 0.3, 1), "avx2"));
    }

    [Theory]
    [InlineData("Forward InputWeight 0.5 1", "test(1): expected pass, cell, fine, coarse and target, got 4 columns")]
    [InlineData("Sideways InputWeight 0.5 1 2", "test(1): unknown pass 'Sideways'")]
    [InlineData("Forward InputInput 0.5 1 2", "test(1): cell: unknown cell 'InputInput'")]
    [InlineData("Forward InputWeight 1.5 1 2", "test(1): fine: expected a number over 0 up to 1, got '1.5'")]
    [InlineData("Forward InputWeight 0.5 0 2", "test(1): coarse: expected")]
    [InlineData("Forward InputWeight 0.5 1 x", "test(1): target: expected")]
    [InlineData("Forward InputWeight 0.5 1 2\nForward InputWeight 0.5 1 3", "test(2): Forward InputWeight 0.5 1 is there twice")]
    public void Parse_BadText_NamesLineAndFault(string text, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => SparseTargets.Parse(new StringReader(text), "test")).Message);

    [Fact]
    public void Read_OwnFile_HasSingleCasesOfEveryPassAndPairsWithBothAlone()
    {
        var targets = SparseTargets.Read(SparseTargets.DefaultPath);

        var single = SparseCases.Single(targets);
        Assert.Equal(Enum.GetValues<ConvolutionPass>(), single.Select(one => one.Cell.Pass).Distinct().Order());
        Assert.All(single, one => Assert.Equal(1, one.CoarseDensity));
        foreach (var cell in single.Select(one => one.Cell).Distinct()) Assert.Contains(new SparseCase(cell, 1, 1), single);
        var pairs = SparseCases.Pairs(targets);
        foreach (var both in pairs.Where(one => one is { FineDensity: < 1, CoarseDensity: < 1 })) Assert.Superset(
            SparseCases.WithEachAlone(both).ToHashSet(), pairs.ToHashSet());
    }
}
