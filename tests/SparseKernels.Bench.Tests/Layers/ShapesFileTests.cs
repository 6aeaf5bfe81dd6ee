using SparseKernels.Bench.Layers;
using Xunit;

namespace SparseKernels.Bench.Tests.Layers;

public sealed class ShapesFileTests
{
    [Fact]
    public void Parse_EverySetting_GivesTheShape()
    {
        var layer = Assert.Single(ShapesFile.Parse(new StringReader("# head\n\n odd  8 9 10 16 3 2  stride=2x1 padding=1x0 dilation=1x3 groups=4 # tail\n"), "test"));

        Assert.Equal("odd", layer.Name);
        Assert.Equal(
            new ConvolutionShape(1, 8, 9, 10, 16, 3, 2, new Size2D(2, 1), new Padding2D(1, 1, 0, 0), new Size2D(1, 3), 4), layer.Shape);
    }

    [Theory]
    [InlineData("a 1 2 3", "test(1): expected name C H W K R S")]
    [InlineData("a 8 8 8 8 3 3\na 8 8 8 8 3 3", "test(2): the name a is already used")]
    [InlineData("a 8 8 x 8 3 3", "test(1): W: expected a whole number, got 'x'")]
    [InlineData("a 8 8 8 8 3 3 stride", "test(1): expected setting=value, got 'stride'")]
    [InlineData("a 8 8 8 8 3 3 strides=1", "test(1): unknown setting 'strides'")]
    [InlineData("a 8 8 8 8 3 3 padding=-1", "test(1): padding: expected a whole number, got '-1'")]
    [InlineData("a 8 2 2 8 3 3", "test(1): the filter's height of 3")]
    [InlineData("a 8 8 8 8 3 3 groups=3", "test(1): groups must divide the input channels")]
    [InlineData("# nothing", "test: no layer")]
    public void Parse_BadText_NamesLineAndFault(string text, string message)
    {
        var thrown = Assert.Throws<InvalidDataException>(() => ShapesFile.Parse(new StringReader(text), "test"));

        Assert.Contains(message, thrown.Message);
    }

    [Fact]
    public void Read_OwnFile_HoldsTheRequiredLayers()
    {
        var shapes = ShapesFile.Read(ShapesFile.DefaultPath).Select(layer => layer.Shape).ToHashSet();

        Assert.Superset(
            new HashSet<ConvolutionShape>
            {
                new(1, 64, 28, 28, 64, 3, 3, padding: 1),
                new(1, 128, 14, 14, 128, 3, 3, padding: 1),
                new(1, 256, 14, 14, 256, 3, 3, padding: 1),
                new(1, 512, 7, 7, 512, 3, 3, padding: 1),
                new(1, 256, 14, 14, 256, 1, 1),
                new(1, 128, 56, 56, 128, 3, 3, padding: 1),
                new(1, 128, 28, 28, 256, 3, 3, stride: 2, padding: 1),
                new(1, 64, 56, 56, 256, 1, 1),
                new(1, 3, 32, 32, 64, 3, 3, padding: 1),
                new(1, 128, 28, 28, 128, 3, 3, padding: 1, groups: 128),
            },
            shapes);
    }

    [Fact]
    public void Find_NameParts_PicksEachLayerThatHasOne()
    {
        var names = LayerChoice.Find("512, dw").Select(layer => layer.Name);

        Assert.Equal(["512-512-7-3x3", "128-28-3x3-dw"], names);
        Assert.Contains("no layer's name contains it", Assert.Throws<ArgumentException>(() => LayerChoice.Find("none")).Message);
    }
}
