using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Composites;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.GroupNormalisation;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Layers.Reshaping;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers;

public class GradientTests
{
    [Theory]
    [InlineData(1, 0, 1, 1, true)]
    [InlineData(2, 1, 1, 1, false)]
    [InlineData(1, 2, 2, 1, true)]
    [InlineData(1, 1, 1, 2, true)]
    public void Conv2d_AnyGeometry_MatchesDifferences(int stride, int padding, int dilation, int groups, bool bias)
    {
        var input = new FeatureShape(6, 7, 6);
        var layer = new Conv2d("conv", 6, 18, 3, stride, padding, dilation, groups, bias);
        GradientCheck.Run(layer, input, 2, Samples.Gaussian(2 * input.Length));
    }

    [Theory]
    [InlineData(1, 0, 0, 1, 1, true)]
    [InlineData(2, 1, 1, 1, 1, true)]
    [InlineData(3, 2, 2, 2, 1, false)]
    [InlineData(2, 0, 0, 1, 2, true)]
    public void ConvTranspose2d_AnyGeometry_MatchesDifferences(int stride, int padding, int outputPadding, int dilation, int groups, bool bias)
    {
        var input = new FeatureShape(6, 4, 5);
        var layer = new ConvTranspose2d("conv", 6, 18, new Size2D(3, 2), stride, padding, outputPadding, dilation, groups, bias);
        GradientCheck.Run(layer, input, 2, Samples.Gaussian(2 * input.Length));
    }

    [Theory]
    [InlineData(7, 1, 1, 5)]
    [InlineData(18, 3, 2, 17)]
    public void Linear_FlatOrImageInput_MatchesDifferences(int channels, int height, int width, int outputs)
    {
        var input = new FeatureShape(channels, height, width);
        GradientCheck.Run(new Linear("fc", input, outputs), input, 3, Samples.Gaussian(3 * input.Length));
    }

    [Theory]
    [InlineData(5, 3, 4, false)]
    [InlineData(18, 6, 7, false)]
    [InlineData(18, 6, 7, true)]
    public void BatchNorm2d_WithAndWithoutRelu_MatchesDifferences(int channels, int height, int width, bool relu)
    {
        var input = new FeatureShape(channels, height, width);
        GradientCheck.Run(new BatchNorm2d("bn", channels, relu), input, 3, Samples.TwoSided(3 * input.Length));
    }

    [Fact]
    public void Relu_AwayFromZero_MatchesDifferences()
    {
        var input = new FeatureShape(5, 4, 3);
        GradientCheck.Run(new Relu("relu"), input, 2, Samples.Separated(2 * input.Length));
    }

    [Theory]
    [InlineData(2, 2, 0)]
    [InlineData(3, 2, 1)]
    [InlineData(3, 1, 1)]
    [InlineData(2, 3, 0)]
    public void MaxPool2d_DistinctValues_MatchesDifferences(int size, int stride, int padding)
    {
        var input = new FeatureShape(5, 7, 6);
        GradientCheck.Run(new MaxPool2d("pool", size, stride, padding), input, 2, Samples.Separated(2 * input.Length));
    }

    [Theory]
    [InlineData(2, 2, 0)]
    [InlineData(3, 2, 1)]
    public void AvgPool2d_Windows_MatchesDifferences(int size, int stride, int padding)
    {
        var input = new FeatureShape(5, 7, 6);
        GradientCheck.Run(new AvgPool2d("pool", size, stride, padding), input, 2, Samples.Gaussian(2 * input.Length));
    }

    [Theory]
    [InlineData(2, 1, 2, 1)]
    [InlineData(3, 2, 1, 2)]
    [InlineData(2, 4, 1, 0)]
    public void MaxPool2d_CeilModeAndDilation_MatchesDifferences(int size, int stride, int dilation, int padding)
    {
        var input = new FeatureShape(18, 7, 6);
        var layer = new MaxPool2d("pool", size, stride, new Padding2D(padding / 2, padding - (padding / 2), 0, padding / 2), dilation, ceilMode: true);
        GradientCheck.Run(layer, input, 2, Samples.Separated(2 * input.Length));
    }

    [Theory]
    [InlineData(2, 3, 1, false)]
    [InlineData(3, 2, 1, true)]
    [InlineData(5, 3, 2, false)]
    public void AvgPool2d_CeilModeAndEitherCount_MatchesDifferences(int size, int stride, int padding, bool countIncludePadding)
    {
        var input = new FeatureShape(18, 7, 6);
        var layer = new AvgPool2d("pool", size, stride, new Padding2D(padding, 0, padding / 2, padding), ceilMode: true, countIncludePadding);
        GradientCheck.Run(layer, input, 2, Samples.Gaussian(2 * input.Length));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 4)]
    [InlineData(9, 6)]
    public void AdaptiveAvgPool2d_SmallerAndLargerOutputs_MatchesDifferences(int height, int width)
    {
        var input = new FeatureShape(18, 7, 6);
        GradientCheck.Run(new AdaptiveAvgPool2d("pool", new Size2D(height, width)), input, 2, Samples.Gaussian(2 * input.Length));
    }

    [Fact]
    public void AvgPool2d_WholeImage_MatchesDifferences()
    {
        var input = new FeatureShape(18, 5, 3);
        GradientCheck.Run(new AvgPool2d("pool"), input, 2, Samples.Gaussian(2 * input.Length));
    }

    [Theory]
    [InlineData(1, 18, true)]
    [InlineData(3, 18, true)]
    [InlineData(5, 5, false)]
    public void GroupNorm_AnyGroups_MatchesDifferences(int groups, int channels, bool affine)
    {
        var input = new FeatureShape(channels, 5, 3);
        GradientCheck.Run(new GroupNorm("gn", groups, channels, affine: affine), input, 3, Samples.TwoSided(3 * input.Length));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(18)]
    public void Softmax_AnyChannels_MatchesDifferences(int channels)
    {
        var input = new FeatureShape(channels, 3, 4);
        GradientCheck.Run(new Softmax("f"), input, 2, Samples.Gaussian(2 * input.Length));
    }

    [Theory]
    [InlineData(UpsampleMode.Nearest)]
    [InlineData(UpsampleMode.Bilinear)]
    [InlineData(UpsampleMode.BilinearAlignedCorners)]
    public void Upsample2d_EveryMode_MatchesDifferences(UpsampleMode mode)
    {
        var input = new FeatureShape(18, 5, 3);
        GradientCheck.Run(Upsample2d.ByScale("up", 2, 1.7f, mode), input, 2, Samples.Gaussian(2 * input.Length));
        GradientCheck.Run(Upsample2d.ToSize("up", new Size2D(3, 7), mode), input, 2, Samples.Gaussian(2 * input.Length));
    }

    [Theory]
    [InlineData(PadMode.Constant)]
    [InlineData(PadMode.Reflect)]
    [InlineData(PadMode.Replicate)]
    public void Pad2d_EveryMode_MatchesDifferences(PadMode mode)
    {
        var input = new FeatureShape(18, 5, 4);
        GradientCheck.Run(new Pad2d("pad", new Padding2D(1, 4, 3, 0), mode, 1), input, 2, Samples.Gaussian(2 * input.Length));
    }

    [Fact]
    public void Dropout_SameStep_MatchesDifferences()
    {
        var input = new FeatureShape(18, 5, 3);
        GradientCheck.Run(new Dropout("dropout", 0.3f), input, 2, Samples.Gaussian(2 * input.Length));
    }

    [Theory]
    [InlineData(4, 4, 1)]
    [InlineData(4, 6, 2)]
    public void ResidualBlock_EitherShortcut_MatchesDifferences(int inputs, int outputs, int stride)
    {
        // Biases that hold half the channels' ReLUs open and half shut, so that no kink is near.
        var input = new FeatureShape(inputs, 6, 6);
        var block = new ResidualBlock("block", inputs, outputs, stride);
        GradientCheck.Run(block, input, 3, Samples.Gaussian(3 * input.Length), tolerance: 1e-2, prepare: () =>
        {
            foreach (var parameter in block.Parameters.Where(p => p.Name is "block.bn1.bias" or "block.bn2.bias"))
                for (var c = 0; c < outputs; c++)
                    parameter.Value[c] = (c % 3 == 1 ? -1 : 1) * (parameter.Name == "block.bn1.bias" ? 7 : 10);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SqueezeExcitation_EitherSigmoid_MatchesDifferences(bool hard)
    {
        var input = new FeatureShape(18, 5, 6);
        var block = new SqueezeExcitation("se", 18, 5, hard);
        Assert.Equal(["se.fc1.weight", "se.fc1.bias", "se.fc2.weight", "se.fc2.bias"], block.Parameters.Select(parameter => parameter.Name));
        GradientCheck.Run(block, input, 3, Samples.Gaussian(3 * input.Length), prepare: () =>
        {
            // Away from the kinks: each ReLU is open, and what the piecewise linear function sees lies between its corners.
            block.Parameters[1].Value.AsSpan().Fill(3);
            foreach (ref var weight in block.Parameters[2].Value.AsSpan()) weight *= 0.2f;
        });
    }

    [Fact]
    public void DenseBlock_ThreeLayers_AreARowOfDenseLayers()
    {
        const int Batch = 3;
        var input = new FeatureShape(5, 4, 4);
        var block = new DenseBlock("block", 5, 4, 3);
        Assert.Equal((17, 18), (block.Outputs, block.Parameters.Count));
        Assert.Equal("block.denselayer3.conv2.weight", block.Parameters[^1].Name);
        var row = new Composition("row", (graph, x) =>
        {
            for (var i = 1; i <= 3; i++) x = graph.Add(new DenseLayer($"block.denselayer{i}", 1 + (4 * i), 4), x);
            return x;
        });
        using var probe = new LayerProbe(block, input, Batch);
        using var expected = new LayerProbe(row, input, Batch);
        foreach (var (from, to) in row.Parameters.Zip(block.Parameters))
        {
            Assert.Equal(from.Name, to.Name);
            from.Value.CopyTo(to.Value, 0);
            to.Touch();
        }

        var (x, dy) = (Samples.Gaussian(Batch * input.Length), Samples.Gaussian(probe.OutputLength));
        Assert.Equal(expected.Forward(x), probe.Forward(x));
        Assert.Equal(expected.Backward(dy), probe.Backward(dy));
        foreach (var (from, to) in row.Parameters.Zip(block.Parameters)) Assert.Equal(from.Gradient, to.Gradient);
        Assert.Throws<ArgumentOutOfRangeException>("layers", () => new DenseBlock("block", 5, 4, 0));
    }
}
