using SparseKernels.Training.Layers.Reshaping;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers.Reshaping;

public static class Pad2dTests
{
    [Theory]
    [InlineData(PadMode.Constant, new float[] { 9, 9, 1, 2, 3, 9 })]
    [InlineData(PadMode.Reflect, new float[] { 3, 2, 1, 2, 3, 2 })]
    [InlineData(PadMode.Replicate, new float[] { 1, 1, 1, 2, 3, 3 })]
    public static void Forward_EveryMode_FillsBothSides(PadMode mode, float[] expected)
    {
        using var probe = new LayerProbe(new Pad2d("pad", new Padding2D(0, 0, 2, 1), mode, 9), new FeatureShape(1, 1, 3), batch: 1);
        Assert.Equal(expected, probe.Forward([1, 2, 3]));
    }

    [Theory]
    [InlineData(PadMode.Constant, new float[] { 3, 4, 5 })]
    [InlineData(PadMode.Reflect, new float[] { 3, 4 + 2 + 6, 5 + 1 })]
    [InlineData(PadMode.Replicate, new float[] { 1 + 2 + 3, 4, 5 + 6 })]
    public static void Backward_EveryMode_AddsWhatCameFromAPixel(PadMode mode, float[] expected)
    {
        using var probe = new LayerProbe(new Pad2d("pad", new Padding2D(0, 0, 2, 1), mode, 9), new FeatureShape(1, 1, 3), batch: 1);
        _ = probe.Forward([1, 2, 3]);
        Assert.Equal(expected, probe.Backward([1, 2, 3, 4, 5, 6]));
    }

    [Fact]
    public static void Constructor_NegativeSide_NamesTheArgument() =>
        Assert.Throws<ArgumentOutOfRangeException>("padding", () => new Pad2d("pad", new Padding2D(0, 0, -1, 0)));

    [Fact]
    public static void Constructor_UnknownMode_NamesTheArgument() =>
        Assert.Throws<ArgumentOutOfRangeException>("mode", () => new Pad2d("pad", 1, (PadMode)7));

    [Fact]
    public static void Build_ReflectionAsWideAsTheImage_Throws()
    {
        var layer = new Pad2d("pad", new Padding2D(0, 0, 3, 0), PadMode.Reflect);
        var message = Assert.Throws<ArgumentException>(() => new LayerProbe(layer, new FeatureShape(1, 1, 3), batch: 1)).Message;
        Assert.Contains("less wide", message, StringComparison.Ordinal);
    }
}
