using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers.BatchNormalisation;

public class PooledBatchNorm2dTests
{
    private const int Batch = 3;

    [Theory]
    [InlineData(19, 8, 6, 2)]
    [InlineData(5, 9, 7, 2)]
    [InlineData(33, 70, 11, 3)]
    [InlineData(16, 4, 5, 1)]
    public void ForwardAndBackward_AnySize_EqualTheThreeLayersInARow(int channels, int height, int width, int size)
    {
        var input = new FeatureShape(channels, height, width);
        var fused = new PooledBatchNorm2d("bn", channels, size);
        var norm = new BatchNorm2d("bn", channels, relu: true);
        using var fusedProbe = new LayerProbe(fused, input, Batch);
        using var normProbe = new LayerProbe(norm, input, Batch);
        using var poolProbe = new LayerProbe(new MaxPool2d("pool", size), input, Batch);
        for (var c = 0; c < channels; c++)
        {
            // Negative factors too, and some channels that the ReLU shuts nearly everywhere.
            fused.Parameters[0].Value[c] = norm.Parameters[0].Value[c] = 1 - (0.3f * (c % 7));
            fused.Parameters[1].Value[c] = norm.Parameters[1].Value[c] = 0.3f - (0.5f * (c % 4));
        }

        var x = Samples.Gaussian(fusedProbe.InputLength);
        var dy = Samples.Gaussian(fusedProbe.OutputLength, seed: 4);

        var y = fusedProbe.Forward(x);
        var dx = fusedProbe.Backward(dy);

        Assert.Equal(poolProbe.Output, fusedProbe.Output);
        Assert.Equal(poolProbe.Forward(normProbe.Forward(x)), y);
        var expected = normProbe.Backward(poolProbe.Backward(dy));
        for (var i = 0; i < dx.Length; i++) Assert.True(
            Math.Abs(expected[i] - dx[i]) < 1e-5, $"dx[{i}] is {dx[i]}, expected {expected[i]}");
        for (var c = 0; c < channels; c++)
        {
            Assert.Equal(norm.Parameters[0].Gradient[c], fused.Parameters[0].Gradient[c], 1e-4);
            Assert.Equal(norm.Parameters[1].Gradient[c], fused.Parameters[1].Gradient[c], 1e-4);
        }

        Assert.Equal(norm.Buffers[0].Values, fused.Buffers[0].Values);
        Assert.Equal(norm.Buffers[1].Values, fused.Buffers[1].Values);
        Assert.Equal(poolProbe.Forward(normProbe.Forward(x, training: false)), fusedProbe.Forward(x, training: false));
    }

    /// <summary>The pooled output has next to no digit of x left where its bias is 50,000 of its deviations.</summary>
    [Fact]
    public void Backward_BiasFarOverTheDeviation_GradientOfTheFactorKeepsItsDigits()
    {
        const int Channels = 3;
        var input = new FeatureShape(Channels, 6, 6);
        var fused = new PooledBatchNorm2d("bn", Channels);
        var norm = new BatchNorm2d("bn", Channels, relu: true);
        using var fusedProbe = new LayerProbe(fused, input, Batch);
        using var normProbe = new LayerProbe(norm, input, Batch);
        using var poolProbe = new LayerProbe(new MaxPool2d("pool", 2), input, Batch);
        for (var c = 0; c < Channels; c++)
        {
            fused.Parameters[0].Value[c] = norm.Parameters[0].Value[c] = c == 1 ? 1e-4f : 1;
            fused.Parameters[1].Value[c] = norm.Parameters[1].Value[c] = c == 1 ? 5 : 0.5f;
        }

        // Few values of x, far apart, so that y tells winners apart in both.
        var x = Samples.Gaussian(fusedProbe.InputLength).Select(value => MathF.Round(value * 2)).ToArray();
        var dy = Samples.Gaussian(fusedProbe.OutputLength, seed: 4);

        Assert.Equal(poolProbe.Forward(normProbe.Forward(x)), fusedProbe.Forward(x));
        fusedProbe.Backward(dy);
        normProbe.Backward(poolProbe.Backward(dy));

        for (var c = 0; c < Channels; c++) Assert.Equal(norm.Parameters[0].Gradient[c], fused.Parameters[0].Gradient[c], 1e-4);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    public void Constructor_SizeOutOfRange_IsNamed(int size) =>
        Assert.Throws<ArgumentOutOfRangeException>("size", () => new PooledBatchNorm2d("bn", 4, size));

    [Fact]
    public void Build_ImageUnderTheWindow_ThrowsNamingBoth()
    {
        var message = Assert.Throws<ArgumentException>(() => new LayerProbe(new PooledBatchNorm2d("bn4", 4, 3), new FeatureShape(4, 5, 2), 1)).Message;
        Assert.Contains("bn4", message, StringComparison.Ordinal);
        Assert.Contains("[4, 5, 2]", message, StringComparison.Ordinal);
    }
}
