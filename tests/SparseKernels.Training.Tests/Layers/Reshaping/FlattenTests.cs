using SparseKernels.Training.Layers.Reshaping;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers.Reshaping;

public static class FlattenTests
{
    [Theory]
    [InlineData(19, 3, 5, 18, BlockedLayout.ChannelBlocked)]
    [InlineData(19, 3, 5, 18, BlockedLayout.BatchBlocked)]
    [InlineData(16, 4, 4, 2, BlockedLayout.ChannelBlocked)]
    [InlineData(3, 1, 1, 1, BlockedLayout.BatchBlocked)]
    public static void ForwardAndBackward_AnySizes_KeepTheOrderOfChannelsRowsAndColumns(int channels, int height, int width, int batch, BlockedLayout layout)
    {
        var input = new FeatureShape(channels, height, width);
        using var probe = new LayerProbe(new Flatten("flatten"), input, batch, layout: layout);
        Assert.Equal(new FeatureShape(input.Length, 1, 1), probe.Output);
        var x = Samples.Gaussian(probe.InputLength);
        Assert.Equal(x, probe.Forward(x));
        var dy = Samples.Gaussian(probe.OutputLength, seed: 4);
        Assert.Equal(dy, probe.Backward(dy));
    }
}
