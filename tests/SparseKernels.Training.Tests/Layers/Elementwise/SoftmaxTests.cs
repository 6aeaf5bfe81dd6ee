using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers.Elementwise;

public static class SoftmaxTests
{
    [Theory]
    [InlineData(3, BlockedLayout.ChannelBlocked)]
    [InlineData(18, BlockedLayout.ChannelBlocked)]
    [InlineData(18, BlockedLayout.BatchBlocked)]
    public static void Forward_LargeAndSmallValues_IsTheDefinitionAndSumsToOne(int channels, BlockedLayout layout)
    {
        const int Batch = 17, Pixels = 6;
        var input = new FeatureShape(channels, 2, 3);
        using var probe = new LayerProbe(new Softmax("f"), input, Batch, layout: layout);

        // Far below 0 or far above it: one that isn't moved overflows, one that counts empty lanes as 0 drowns.
        var x = Samples.Gaussian(probe.InputLength).Select((value, i) => value + (i % Pixels < 3 ? -200 : 200)).ToArray();
        var y = probe.Forward(x);
        for (var n = 0; n < Batch; n++)
        {
            for (var pixel = 0; pixel < Pixels; pixel++)
            {
                int[] places = [.. Enumerable.Range(0, channels).Select(c => (((n * channels) + c) * Pixels) + pixel)];
                var largest = places.Max(i => x[i]);
                var sum = places.Sum(i => Math.Exp(x[i] - largest));
                foreach (var i in places) Assert.Equal(Math.Exp(x[i] - largest) / sum, y[i], 1e-6);
            }
        }
    }

    [Fact]
    public static void Forward_NaN_SpoilsItsPixelAlone()
    {
        using var probe = new LayerProbe(new Softmax("f"), new FeatureShape(2, 1, 2), batch: 1);
        var y = probe.Forward([float.NaN, 1, 0, 1]);
        Assert.Equal([float.NaN, 0.5f, float.NaN, 0.5f], y);
    }

    [Fact]
    public static void Forward_MinusInfinity_HasNoShareAndNoGradient()
    {
        using var probe = new LayerProbe(new Softmax("f"), new FeatureShape(3, 1, 1), batch: 1);
        Assert.Equal([0.5f, 0, 0.5f], probe.Forward([2, float.NegativeInfinity, 2]));
        Assert.Equal([0.25f, 0, -0.25f], probe.Backward([1, 5, 0]));
    }
}
