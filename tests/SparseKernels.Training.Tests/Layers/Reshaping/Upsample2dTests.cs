using SparseKernels.Training.Layers.Reshaping;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers.Reshaping;

public static class Upsample2dTests
{
    [Theory]
    [InlineData(UpsampleMode.Nearest, new float[] { 0, 0, 4, 4 })]
    [InlineData(UpsampleMode.Bilinear, new float[] { 0, 1, 3, 4 })]
    [InlineData(UpsampleMode.BilinearAlignedCorners, new float[] { 0, 4 / 3f, 8 / 3f, 4 })]
    public static void Forward_TwiceAsWide_IsTheDefinition(UpsampleMode mode, float[] expected)
    {
        using var probe = new LayerProbe(Upsample2d.ByScale("up", 1, 2, mode), new FeatureShape(1, 1, 2), batch: 1);
        var y = probe.Forward([0, 4]);
        Assert.Equal(expected.Length, y.Length);
        for (var i = 0; i < y.Length; i++) Assert.Equal(expected[i], y[i], 1e-6f);
    }

    [Fact]
    public static void Output_BrokenScaleAndSize_AreRoundedDownAndKept()
    {
        var input = new FeatureShape(2, 7, 10);
        using var scaled = new LayerProbe(Upsample2d.ByScale("up", 1.7f, 0.55f), input, batch: 1);
        using var sized = new LayerProbe(Upsample2d.ToSize("up", new Size2D(3, 21)), input, batch: 1);
        Assert.Equal(new FeatureShape(2, 11, 5), scaled.Output);
        Assert.Equal(new FeatureShape(2, 3, 21), sized.Output);
    }

    [Theory]
    [InlineData(0, 1, "height")]
    [InlineData(1, -1, "width")]
    [InlineData(float.NaN, 1, "height")]
    [InlineData(1, float.PositiveInfinity, "width")]
    public static void ByScale_OutOfRange_NamesTheArgument(float height, float width, string argument) =>
        Assert.Throws<ArgumentOutOfRangeException>(argument, () => Upsample2d.ByScale("up", height, width));

    [Fact]
    public static void ToSize_Under1_NamesTheArgument() =>
        Assert.Throws<ArgumentOutOfRangeException>("size", () => Upsample2d.ToSize("up", new Size2D(1, 0)));

    [Fact]
    public static void ToSize_UnknownMode_NamesTheArgument() =>
        Assert.Throws<ArgumentOutOfRangeException>("mode", () => Upsample2d.ToSize("up", 2, (UpsampleMode)7));

    [Fact]
    public static void Build_ScaleThatLeavesNoPixel_Throws()
    {
        var layer = Upsample2d.ByScale("up", 1, 0.2f);
        var message = Assert.Throws<ArgumentException>(() => new LayerProbe(layer, new FeatureShape(1, 3, 4), batch: 1)).Message;
        Assert.Contains("1x1 or more", message, StringComparison.Ordinal);
    }
}
