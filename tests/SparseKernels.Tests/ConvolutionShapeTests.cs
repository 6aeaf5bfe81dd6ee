using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests;

public sealed class ConvolutionShapeTests
{
    [Fact]
    public void OutputSizes_GeneratedShapes_CountThePositionsWhereTheFilterFits() =>
        GeneratedCases.Check(ConvolutionShapes.Arbitrary(), 500, shape =>
        {
            Assert.Equal(
                Positions(shape.H, shape.Padding.Top, shape.Padding.Bottom, shape.R, shape.Dilation.Height, shape.Stride.Height), shape.P);
            Assert.Equal(
                Positions(shape.W, shape.Padding.Left, shape.Padding.Right, shape.S, shape.Dilation.Width, shape.Stride.Width), shape.Q);
        });

    [Fact]
    public void Lengths_GeneratedShapes_AreTheProductsOfTheSizes() =>
        GeneratedCases.Check(ConvolutionShapes.Arbitrary(), 200, shape =>
        {
            Assert.Equal(shape.N * shape.C * shape.H * shape.W, shape.InputLength);
            Assert.Equal(shape.K * (shape.C / shape.Groups) * shape.R * shape.S, shape.WeightLength);
            Assert.Equal(shape.N * shape.K * shape.P * shape.Q, shape.OutputLength);
            Assert.Equal((long)shape.OutputLength * (shape.C / shape.Groups) * shape.R * shape.S, shape.MultiplyAdds);
            Assert.Equal(shape.C, shape.GroupC * shape.Groups);
            Assert.Equal(shape.K, shape.GroupK * shape.Groups);
        });

    [Fact]
    public void Defaults_OnlySizesGiven_MeanNoPaddingNoStrideNoDilationOneGroup()
    {
        var shape = new ConvolutionShape(1, 2, 5, 6, 3, 2, 3);
        Assert.Equal(
            (new Size2D(1, 1), new Size2D(1, 1), default(Padding2D), 1), (shape.Stride, shape.Dilation, shape.Padding, shape.Groups));
        Assert.Equal((4, 4), (shape.P, shape.Q));
    }

    [Fact]
    public void MultiplyAdds_BeyondInt_DoNotOverflow()
    {
        var shape = new ConvolutionShape(64, 512, 56, 56, 512, 3, 3, padding: 1);
        Assert.Equal(64L * 512 * 56 * 56 * 512 * 9, shape.MultiplyAdds);
    }

    [Theory]
    [InlineData("n", "batch size N")]
    [InlineData("c", "input channels C")]
    [InlineData("h", "input height H")]
    [InlineData("w", "input width W")]
    [InlineData("k", "output channels K")]
    [InlineData("r", "filter height R")]
    [InlineData("s", "filter width S")]
    [InlineData("groups", "groups")]
    public void Construction_SizeUnderOne_NamesArgumentAndValue(string argument, string what)
    {
        foreach (var bad in (int[])[0, -1, int.MinValue])
        {
            int Of(string name) => name == argument ? bad : 4;
            var error = Assert.Throws<ArgumentOutOfRangeException>(() =>
                new ConvolutionShape(Of("n"), Of("c"), Of("h"), Of("w"), Of("k"), Of("r"), Of("s"), groups: Of("groups")));
            Assert.Equal(argument, error.ParamName);
            Assert.Contains($"{what} must be 1 or more, got {bad}", error.Message);
        }
    }

    [Theory]
    [InlineData(0, 1, "stride height must be 1 or more, got 0")]
    [InlineData(1, -2, "stride width must be 1 or more, got -2")]
    public void Construction_StrideUnderOne_NamesDirectionAndValue(int height, int width, string message)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => new ConvolutionShape(1, 1, 8, 8, 1, 3, 3, stride: new Size2D(height, width)));
        Assert.Equal("stride", error.ParamName);
        Assert.Contains(message, error.Message);
    }

    [Theory]
    [InlineData(0, 1, "dilation height must be 1 or more, got 0")]
    [InlineData(1, -1, "dilation width must be 1 or more, got -1")]
    public void Construction_DilationUnderOne_NamesDirectionAndValue(int height, int width, string message)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => new ConvolutionShape(1, 1, 8, 8, 1, 3, 3, dilation: new Size2D(height, width)));
        Assert.Equal("dilation", error.ParamName);
        Assert.Contains(message, error.Message);
    }

    [Theory]
    [InlineData(-1, 0, 0, 0)]
    [InlineData(0, -1, 0, 0)]
    [InlineData(0, 0, -1, 0)]
    [InlineData(0, 0, 0, -1)]
    public void Construction_NegativePadding_NamesArgumentAndSides(int top, int bottom, int left, int right)
    {
        var padding = new Padding2D(top, bottom, left, right);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new ConvolutionShape(1, 1, 8, 8, 1, 3, 3, padding: padding));
        Assert.Equal("padding", error.ParamName);
        Assert.Contains(padding.ToString(), error.Message);
    }

    [Theory]
    [InlineData(6, 8, 4, "C = 6, groups = 4")]
    [InlineData(8, 6, 4, "K = 6, groups = 4")]
    public void Construction_GroupsThatDoNotDivide_NamesBothNumbers(int c, int k, int groups, string message)
    {
        var error = Assert.Throws<ArgumentException>(() => new ConvolutionShape(1, c, 8, 8, k, 3, 3, groups: groups));
        Assert.Equal("groups", error.ParamName);
        Assert.Contains(message, error.Message);
    }

    [Theory]
    [InlineData(2, 8, "height of 3", "height of 2")]
    [InlineData(8, 2, "width of 3", "width of 2")]
    public void Construction_FilterLargerThanPaddedInput_NamesBothSizes(int h, int w, string filter, string input)
    {
        var error = Assert.Throws<ArgumentException>(h < 3 ? "r" : "s", () => new ConvolutionShape(1, 1, h, w, 1, 3, 3));
        Assert.Contains(filter, error.Message);
        Assert.Contains(input, error.Message);
    }

    [Theory]
    [InlineData(50_000, "output y")]
    [InlineData(int.MaxValue, "the padded input's height must be at most")]
    public void Construction_PaddingBeyondAnyTensor_NamesPadding(int padding, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>("padding", () => new ConvolutionShape(1, 1, 8, 8, 1, 3, 3, padding: padding)).Message);

    [Fact]
    public void Construction_DilatedFilterJustFits_HasOneOutputPixel()
    {
        var shape = new ConvolutionShape(1, 1, 5, 7, 1, 3, 3, stride: 3, padding: new Padding2D(1, 1, 0, 0), dilation: 3);
        Assert.Equal((1, 1), (shape.P, shape.Q));
        Assert.Throws<ArgumentException>(() => new ConvolutionShape(1, 1, 4, 7, 1, 3, 3, padding: new Padding2D(1, 1, 0, 0), dilation: 3));
    }

    [Theory]
    [InlineData(1 << 16, 1 << 15, 1, 1, 1, "input x", "n")]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue, 1, "input x", "n")]
    [InlineData(1, 1 << 16, 1, 1, 1 << 16, "weights w", "k")]
    [InlineData(1 << 16, 1, 1, 1, 1 << 15, "output y", "n")]
    public void Construction_TensorBeyondInt_NamesTheTensor(int n, int c, int h, int w, int k, string tensor, string argument)
    {
        var error = Assert.Throws<ArgumentException>(argument, () => new ConvolutionShape(n, c, h, w, k, 1, 1));
        Assert.Contains(tensor, error.Message);
        Assert.Contains($"at most {int.MaxValue}", error.Message);
    }

    [Fact]
    public void Construction_LargestTensors_AreAccepted()
    {
        var shape = new ConvolutionShape(1, 1, 1, int.MaxValue, 1, 1, 1);
        Assert.Equal((int.MaxValue, int.MaxValue), (shape.InputLength, shape.OutputLength));
    }

    [Theory]
    [InlineData(int.MaxValue, 1)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void Construction_PaddingBeyondInt_IsRejectedWithoutOverflow(int before, int after) =>
        Assert.Throws<ArgumentException>(() => new ConvolutionShape(1, 1, 1, 1, 1, 1, 1, padding: new Padding2D(before, after, 0, 0)));

    [Fact]
    public void Construction_DilationBeyondInt_IsRejectedWithoutOverflow() =>
        Assert.Throws<ArgumentException>(() => new ConvolutionShape(1, 1, 8, 8, 1, 3, 3, dilation: int.MaxValue));

    [Fact]
    public void IsDepthwise_OnlyWithOneChannelEachWay_IsTrue()
    {
        Assert.True(new ConvolutionShape(1, 8, 8, 8, 8, 3, 3, groups: 8).IsDepthwise);
        Assert.False(new ConvolutionShape(1, 8, 8, 8, 16, 3, 3, groups: 8).IsDepthwise);
        Assert.False(new ConvolutionShape(1, 8, 8, 8, 8, 3, 3, groups: 4).IsDepthwise);
        Assert.True(new ConvolutionShape(1, 1, 8, 8, 1, 3, 3).IsDepthwise);
    }

    [Fact]
    public void WithBatch_OtherBatch_ChangesNothingElse()
    {
        var shape = new ConvolutionShape(2, 6, 9, 8, 4, 3, 2, new Size2D(2, 1), new Padding2D(1, 0, 2, 3), new Size2D(1, 2), groups: 2);
        Assert.Equal(
            new ConvolutionShape(5, 6, 9, 8, 4, 3, 2, new Size2D(2, 1), new Padding2D(1, 0, 2, 3), new Size2D(1, 2), groups: 2),
            shape.WithBatch(5));
        Assert.Same(shape, shape.WithBatch(2));
        Assert.Equal("n", Assert.Throws<ArgumentOutOfRangeException>(() => shape.WithBatch(0)).ParamName);
    }

    [Fact]
    public void Equality_SameSizes_IsByValue()
    {
        var one = new ConvolutionShape(1, 2, 3, 4, 5, 1, 1);
        Assert.Equal(one, new ConvolutionShape(1, 2, 3, 4, 5, 1, 1));
        Assert.NotEqual(one, new ConvolutionShape(1, 2, 3, 4, 5, 1, 1, stride: 2));
    }

    [Fact]
    public void ToString_NonDefaultSettings_AreNamed()
    {
        Assert.Equal("x [1, 2, 5, 6] * w [3, 2, 2, 3] -> y [1, 3, 4, 4]", new ConvolutionShape(1, 2, 5, 6, 3, 2, 3).ToString());
        var text = new ConvolutionShape(1, 4, 9, 9, 4, 3, 3, new Size2D(2, 1), 1, 2, groups: 2).ToString();
        Assert.EndsWith(", stride 2x1, padding 1, dilation 2, groups 2", text);
    }

    private static int Positions(int size, int before, int after, int taps, int dilation, int stride)
    {
        var count = 0;
        for (var start = -before; start + (taps - 1) * dilation < size + after; start += stride) count++;
        return count;
    }
}
